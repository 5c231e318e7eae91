import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { JsonObject } from '../model/json.ts'
import { eventsOf, startSimulator } from '../testing/started-simulator.ts'

const tools = [
  {
    type: 'function',
    function: {
      name: 'look',
      parameters: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
    },
  },
]

test('a completion has every member, and a stream of it says the same', async (t) => {
  const { post } = await startSimulator(t)
  const prompts = [
    '[[say:hello there]]',
    '[[call:look {"q":"x"}]]',
    '[[call:look]] [[call:look]] [[parallel]]',
    '[[refuse:no]]',
    '[[incomplete]] [[say:a b c d]]',
    '[[incomplete:content_filter]] [[say:a b]]',
  ]
  for (const content of prompts) {
    const body = { model: 'gpt-4.1', messages: [{ role: 'user', content }], tools }
    const whole = (await post('/chat/completions', body)).json
    assert.deepEqual(Object.keys(whole), [
      'id',
      'object',
      'created',
      'model',
      'choices',
      'usage',
      'service_tier',
      'system_fingerprint',
    ])
    assert.match(String(whole.id), /^chatcmpl-[A-Za-z0-9]{29}$/)
    assert.equal(whole.model, 'gpt-4.1-2025-04-14')
    const { text } = await post('/chat/completions', {
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    })
    assert.ok(text.endsWith('data: [DONE]\n\n'))
    const chunks = eventsOf(text)
    assert.deepEqual(joined(chunks), withoutIds((whole.choices as JsonObject[])[0] ?? {}), content)
    assert.deepEqual(chunks.at(-1)?.usage, whole.usage)
    assert.deepEqual(chunks.at(-1)?.choices, [])
    for (const chunk of chunks.slice(0, -1)) assert.equal(chunk.usage, null)
  }
})

test('usage, obfuscation and log probabilities come when they are asked for', async (t) => {
  const { post } = await startSimulator(t)
  const body = { model: 'gpt-4.1', messages: [{ role: 'user', content: '[[say:one two]]' }], stream: true }
  const plain = eventsOf((await post('/chat/completions', body)).text)
  assert.ok(plain.every((chunk) => !('usage' in chunk) && 'obfuscation' in chunk))
  const bare = eventsOf(
    (await post('/chat/completions', { ...body, stream_options: { include_obfuscation: false } })).text,
  )
  assert.ok(bare.every((chunk) => !('obfuscation' in chunk)))
  const { json } = await post('/chat/completions', { ...body, stream: false, logprobs: true })
  const [choice] = json.choices as [{ logprobs: { content: { token: string }[] } }]
  assert.deepEqual(
    choice.logprobs.content.map((item) => item.token),
    ['one', ' two'],
  )
})

test('several choices, stop words, bounds and the old functions', async (t) => {
  const { post } = await startSimulator(t)
  const ask = async (body: JsonObject): Promise<JsonObject> =>
    (await post('/chat/completions', { model: 'gpt-4.1', ...body })).json
  const two = await ask({ n: 2, messages: [{ role: 'user', content: '[[tokens:20]]' }] })
  const [a, b] = two.choices as [JsonObject, JsonObject]
  assert.deepEqual([a.index, b.index], [0, 1])
  assert.notDeepEqual(a.message, b.message)
  assert.equal((two.usage as JsonObject).completion_tokens, 40)

  const message = async (body: JsonObject): Promise<JsonObject> =>
    ((await ask(body)).choices as [JsonObject])[0]
  const stopped = await message({
    stop: ' two',
    messages: [{ role: 'user', content: '[[say:one two three]]' }],
  })
  assert.equal((stopped.message as JsonObject).content, 'one')
  const bounded = await message({
    max_tokens: 2,
    messages: [{ role: 'user', content: '[[say:one two three]]' }],
  })
  assert.deepEqual([(bounded.message as JsonObject).content, bounded.finish_reason], ['one two', 'length'])
  const legacy = await message({
    functions: [tools[0]?.function as unknown as JsonObject],
    messages: [{ role: 'user', content: '[[call:look {"q":"x"}]]' }],
  })
  assert.deepEqual(
    [(legacy.message as JsonObject).function_call, legacy.finish_reason],
    [{ name: 'look', arguments: '{"q":"x"}' }, 'function_call'],
  )
})

test('reasoning is counted but not shown, and custom tools take text', async (t) => {
  const { post } = await startSimulator(t)
  const { json } = await post('/chat/completions', {
    model: 'gpt-5.4-mini',
    reasoning_effort: 'low',
    messages: [{ role: 'user', content: 'hi' }],
  })
  const details = (json.usage as { completion_tokens_details: { reasoning_tokens: number } })
    .completion_tokens_details
  assert.ok(details.reasoning_tokens > 0)
  const custom = (
    await post('/chat/completions', {
      model: 'gpt-test',
      messages: [{ role: 'user', content: '[[call:patch *** go]]' }],
      tools: [{ type: 'custom', custom: { name: 'patch' } }],
    })
  ).json
  const [choice] = custom.choices as [{ message: { tool_calls: [{ type: string; custom: JsonObject }] } }]
  assert.deepEqual(choice.message.tool_calls[0].custom, { name: 'patch', input: '*** go' })
})

test('a host that only chats shows what its model thought, takes it back, and has no other API', async (t) => {
  for (const reasoning of ['reasoning_content', 'reasoning', 'think'] as const) {
    const { post } = await startSimulator(t, { chatOnly: { reasoning } })
    const user = { role: 'user', content: '[[say:hello]]' }
    const body = { model: 'gpt-5.4-mini', reasoning_effort: 'low', messages: [user] }
    const whole = (await post('/chat/completions', body)).json
    const [{ message }] = whole.choices as unknown as [{ message: Record<string, string> }]
    const chunks = eventsOf((await post('/chat/completions', { ...body, stream: true })).text)
    const deltas = chunks.map((chunk) => {
      const [choice] = chunk.choices as unknown as [{ delta: Record<string, string> }?]
      return choice?.delta ?? {}
    })
    const heard = (member: string): string => deltas.map((delta) => delta[member] ?? '').join('')
    if (reasoning === 'think') assert.match(message.content ?? '', /^<think>.+<\/think>\n\nhello$/)
    else assert.equal(heard(reasoning), message[reasoning])
    assert.equal(heard('content'), message.content)
    const again = { ...body, messages: [user, { ...message, role: 'assistant' }, user] }
    assert.equal((await post('/chat/completions', again)).status, 200, reasoning)
    assert.equal((await post('/responses', { model: 'gpt-4.1', input: 'hi' })).status, 404)
  }
})

/** The choice that the chunks of a stream add up to. */
function joined(chunks: readonly JsonObject[]): JsonObject {
  let content: string | null = null
  let refusal: string | null = null
  let finish_reason: unknown = null
  const calls: { function: { name: string; arguments: string } }[] = []
  for (const chunk of chunks) {
    const [choice] = chunk.choices as [{ delta: Record<string, unknown>; finish_reason: unknown }?]
    if (choice === undefined) continue
    const { delta } = choice
    if (typeof delta.content === 'string') content = (content ?? '') + delta.content
    if (typeof delta.refusal === 'string') refusal = (refusal ?? '') + delta.refusal
    for (const call of (delta.tool_calls ?? []) as {
      index: number
      function: { name?: string; arguments: string }
    }[]) {
      const open = (calls[call.index] ??= { function: { name: call.function.name ?? '', arguments: '' } })
      open.function.arguments += call.function.arguments
    }
    finish_reason = choice.finish_reason ?? finish_reason
  }
  return {
    content: content === '' && refusal !== null ? null : content,
    refusal,
    calls: calls.map((call) => call.function) as never,
    finish_reason: finish_reason as string,
  }
}

function withoutIds(choice: JsonObject): JsonObject {
  const message = choice.message as {
    content: string | null
    refusal: string | null
    tool_calls?: { function: JsonObject }[]
  }
  return {
    content: message.content,
    refusal: message.refusal,
    calls: (message.tool_calls ?? []).map((call) => call.function),
    finish_reason: choice.finish_reason,
  }
}
