import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ask } from './http-call.ts'
import { startBehind } from './started.ts'

const MESSAGES = {
  path: '/v1/messages',
  body: { max_tokens: 32_000, messages: [{ role: 'user', content: 'x' }] },
}
const RESPONSES = { path: '/v1/responses', body: { max_output_tokens: 32_000, input: 'x' } }

interface Sent {
  readonly max_tokens?: number
}

/** A host that only chats, and refuses whatever `refuses` has words for. */
async function startHost(t: TestContext, refuses: (body: Sent) => string | null) {
  const { stage, upstream } = await startBehind(
    t,
    (bytes, response) => {
      const body = JSON.parse(bytes.toString()) as Sent & { stream?: boolean }
      const message = refuses(body)
      const choice = { index: 0, finish_reason: 'stop' }
      const said = { role: 'assistant', content: 'hello' }
      if (message !== null) {
        const refused = JSON.stringify({ object: 'error', message, type: 'BadRequestError', code: 400 })
        response.writeHead(400, { 'content-type': 'application/json' }).end(refused)
      } else if (body.stream === true) {
        const chunk = JSON.stringify({ id: 'c', choices: [{ ...choice, delta: said }] })
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end(`data: ${chunk}\n\ndata: [DONE]\n\n`)
      } else {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ id: 'c', choices: [{ ...choice, message: said }] }))
      }
    },
    { settings: { upstream_api: 'chat', 'retry.max_attempts': 1 } },
  )
  const caps = () =>
    upstream.requests.map(({ body }) => (JSON.parse(body.toString()) as Sent).max_tokens ?? null)
  return { stage, caps }
}

for (const { path, body } of [MESSAGES, RESPONSES]) {
  for (const stream of [false, true]) {
    test(`a cap for which the context has no room is left out: ${path}, ${stream ? 'streamed' : 'whole'}`, async (t) => {
      const { stage, caps } = await startHost(t, ({ max_tokens: cap }) =>
        cap === undefined
          ? null
          : `'max_tokens' or 'max_completion_tokens' is too large: ${cap}. This model's maximum context length is 32768 tokens and your request has 1000 input tokens (${cap} > 32768 - 1000).`,
      )
      const { status, text } = await ask(stage.url + path, { body: { ...body, stream } })
      assert.equal(status, 200, text)
      assert.match(text, /hello/)
      assert.deepEqual(caps(), [32_000, null])
    })
  }

  test(`a prompt that is too long is told: ${path}`, async (t) => {
    const { stage, caps } = await startHost(
      t,
      ({ max_tokens: cap }) =>
        `This model's maximum context length is 32768 tokens. However, you requested 72000 tokens (40000 in the messages, ${cap ?? 0} in the completion).`,
    )
    const { text } = await ask(stage.url + path, { body: { ...body, stream: true } })
    assert.match(text, /prompt is too long|context/)
    assert.deepEqual(caps(), [32_000, null])
  })
}

test('the most that a model can write is learnt from one refusal', async (t) => {
  const { stage, caps } = await startHost(t, ({ max_tokens: cap }) =>
    cap !== undefined && cap > 8192
      ? `max_tokens is too large: ${cap}. This model supports at most 8192 completion tokens, whereas you provided ${cap}.`
      : null,
  )
  for (const { path, body } of [MESSAGES, RESPONSES, MESSAGES]) {
    assert.equal((await ask(stage.url + path, { body })).status, 200)
  }
  assert.deepEqual(caps(), [32_000, 8192, 8192, 8192])
  assert.equal(stage.log.filter((line) => line.includes('8192 tokens at most')).length, 1)
})
