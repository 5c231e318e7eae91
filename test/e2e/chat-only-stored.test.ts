import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import OpenAI from 'openai'
import { ask } from './http-call.ts'
import type { Stage } from './stage.ts'
import { startStage } from './started.ts'

interface Opened {
  readonly stage: Stage
  readonly at: (rollout: string) => OpenAI.Responses
}

async function open(t: TestContext, remembered: number): Promise<Opened> {
  const stage = await startStage(t, {
    model: 'gpt-5.4-mini',
    simulator: { chatOnly: { reasoning: 'reasoning_content' } },
    settings: { upstream_api: 'chat', 'chat.remember_responses': remembered },
  })
  const at = (rollout: string) =>
    new OpenAI({ apiKey: 'unused', baseURL: `${stage.url}/ng-rollout/${rollout}/v1`, maxRetries: 0 })
      .responses
  return { stage, at }
}

const OPERATIONS = [
  { method: 'GET', path: '/v1/responses/resp_1' },
  { method: 'GET', path: '/v1/responses/resp_1?stream=true&starting_after=2' },
  { method: 'DELETE', path: '/v1/responses/resp_1' },
  { method: 'GET', path: '/v1/responses/resp_1/input_items?limit=2' },
  { method: 'POST', path: '/v1/responses/resp_1/cancel' },
]

for (const remembered of [0, 5]) {
  test(`a stored response that is not there is told in a sentence of Spotter's, ${remembered} remembered`, async (t) => {
    const { stage } = await open(t, remembered)
    for (const { method, path } of OPERATIONS) {
      const { status, json } = await ask(stage.url + path, { method })
      const { error } = json() as { error: { message: string; code: string } }
      assert.deepEqual([status, error.code], [404, 'not_found'], path)
      const why =
        remembered === 0
          ? /only speaks Chat Completions and keeps no answers: set chat\.remember_responses/
          : /^No response "resp_1" is remembered for this rollout or session/
      assert.match(error.message, why)
    }
    assert.equal(stage.simulator.control.requests.length, 0)
  })
}

test('stored responses are served from memory, to the same session only', async (t) => {
  const { stage, at } = await open(t, 5)
  const first = await at('a').create({ model: 'any', input: '[[say:Ada]]' })
  const input: OpenAI.Responses.ResponseInput = [
    { role: 'user', content: [{ type: 'input_text', text: '[[say:Eve]]' }] },
  ]
  const second = await at('a').stream({ model: 'any', input, previous_response_id: first.id }).finalResponse()

  const retrieved = await at('a').retrieve(second.id)
  assert.equal(retrieved.output_text, 'Eve')
  assert.deepEqual(retrieved.usage, second.usage)
  await assert.rejects(at('b').retrieve(second.id), OpenAI.NotFoundError)

  const listed = []
  for await (const item of at('a').inputItems.list(second.id, { limit: 1 })) listed.push(item)
  const texts = listed.map((item) =>
    item.type === 'message' && item.content[0] && 'text' in item.content[0] ? item.content[0].text : null,
  )
  assert.deepEqual(texts, ['[[say:Eve]]', 'Ada', '[[say:Ada]]'])
  assert.equal(new Set(listed.map((item) => ('id' in item ? item.id : null))).size, 3)
  const oldest = await at('a').inputItems.list(second.id, { order: 'asc', limit: 1 })
  assert.deepEqual([oldest.data.length, oldest.has_more], [1, true])

  await assert.rejects(at('a').cancel(second.id), (error: unknown) => {
    assert.ok(error instanceof OpenAI.BadRequestError)
    assert.match(error.message, /cannot be cancelled: only those made with "background": true/)
    return true
  })
  await assert.rejects(at('a').retrieve(second.id, { stream: true }), OpenAI.BadRequestError)

  await at('a').delete(first.id)
  await assert.rejects(at('a').retrieve(first.id), OpenAI.NotFoundError)
  const third = await at('a').create({ model: 'any', input: 'go on', previous_response_id: second.id })
  assert.equal(third.previous_response_id, second.id)
  assert.equal(stage.simulator.control.requests.length, 3)
})

test('what is not to be stored is not remembered', async (t) => {
  const { at } = await open(t, 5)
  const { id } = await at('a').create({ model: 'any', input: 'hi', store: false })
  await assert.rejects(at('a').retrieve(id), OpenAI.NotFoundError)
})

test('what a host that only chats does not have is refused by name', async (t) => {
  const { stage } = await open(t, 0)
  for (const operation of ['compact', 'input_tokens']) {
    const { json } = await ask(`${stage.url}/v1/responses/${operation}`, { body: { input: 'hi' } })
    const { error } = json() as { error: { message: string } }
    assert.match(
      error.message,
      new RegExp(`only speaks Chat Completions: it has no /responses/${operation}\\.$`),
    )
  }
})

test('items that the input only names are put in from memory, or asked for in a sentence', async (t) => {
  for (const remembered of [0, 5]) {
    const { stage, at } = await open(t, remembered)
    const tools: OpenAI.Responses.Tool[] = [
      { type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false },
    ]
    const asked = { role: 'user' as const, content: '[[reason:hm]] [[preamble:I look.]] [[call:f {}]]' }
    const { output } = await at('a').create({
      model: 'any',
      input: [asked],
      tools,
      reasoning: { effort: 'low' },
    })
    const call = output.find((item) => item.type === 'function_call')
    assert.ok(call)
    const input: OpenAI.Responses.ResponseInput = [
      asked,
      ...output.map(({ id }) => ({ type: 'item_reference' as const, id: String(id) })),
      { type: 'function_call_output', call_id: call.call_id, output: 'done' },
    ]
    const next = at('a').create({ model: 'any', input, tools })
    if (remembered === 0) {
      await assert.rejects(
        next,
        /item "rs_\w+" is not known.*"store": false, or set chat\.remember_responses/s,
      )
      continue
    }
    assert.equal((await next).output_text, 'f returned: done')
    const { messages } = stage.simulator.control.requests.at(-1)!.body as unknown as {
      messages: Record<string, unknown>[]
    }
    assert.deepEqual(
      messages.map(({ role, content, reasoning_content: thought }) => [role, content, thought]),
      [
        ['user', asked.content, undefined],
        ['assistant', 'I look.', 'hm'],
        ['tool', 'done', undefined],
      ],
    )
    await assert.rejects(at('b').create({ model: 'any', input, tools }), OpenAI.UnprocessableEntityError)
  }
})
