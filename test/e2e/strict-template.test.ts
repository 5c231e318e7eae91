import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from './http-call.ts'
import { startBehind } from './started.ts'

interface Message {
  readonly role: string
  readonly content: unknown
}

/** As Claude Code begins: its surroundings in a turn of role system behind the first words of the user. */
const CLAUDE_CODE = {
  max_tokens: 100,
  system: 'You are Claude Code.',
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'system', content: [{ type: 'text', text: 'The directory is /work.' }] },
  ],
}

for (const status of [400, 500]) {
  test(`a template that takes system messages in front alone says so once, with ${status}`, async (t) => {
    const { stage, upstream } = await startBehind(
      t,
      (bytes, response) => {
        const { messages } = JSON.parse(bytes.toString()) as { messages: Message[] }
        const isLate = messages.some(({ role }, index) => role === 'system' && index > 0)
        const message = { role: 'assistant', content: 'hello' }
        const answer = isLate
          ? {
              error: {
                message: 'System message must be at the beginning.',
                type: 'BadRequestError',
                code: status,
              },
            }
          : { id: 'c', choices: [{ index: 0, message, finish_reason: 'stop' }] }
        response.writeHead(isLate ? status : 200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answer))
      },
      { settings: { upstream_api: 'chat', 'retry.max_attempts': 1 } },
    )
    for (let turn = 0; turn < 2; turn++) {
      const { status: got, text } = await ask(`${stage.url}/v1/messages?beta=true`, { body: CLAUDE_CODE })
      assert.equal(got, 200, text)
    }
    const sent = upstream.requests.map(
      ({ body }) => (JSON.parse(body.toString()) as { messages: Message[] }).messages,
    )
    assert.equal(sent.length, 3)
    assert.deepEqual(sent[1], [
      { role: 'system', content: 'You are Claude Code.' },
      { role: 'user', content: 'hi' },
      { role: 'user', content: '<system>\nThe directory is /work.\n</system>' },
    ])
    assert.deepEqual(sent[2], sent[1])
    assert.equal(stage.log.filter((line) => line.includes('no system messages behind the first')).length, 1)
  })
}
