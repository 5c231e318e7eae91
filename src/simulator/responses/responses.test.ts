import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { ManualClock } from '../../lib/clock.ts'
import type { JsonObject } from '../model/json.ts'
import { eventsOf, startSimulator } from '../testing/started-simulator.ts'

const tool = (name: string): JsonObject => ({
  type: 'function',
  name,
  description: name,
  parameters: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
})

/** The members every response has to have, by the Open Responses specification and OpenAI's own answers. */
const members = (
  'id object created_at status background completed_at error frequency_penalty incomplete_details instructions ' +
  'max_output_tokens max_tool_calls model output parallel_tool_calls presence_penalty previous_response_id ' +
  'prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier store temperature text ' +
  'tool_choice tools top_logprobs top_p truncation usage user metadata'
).split(' ')

test('the response object has every member, in the order of the wire, and the snapshot served', async (t) => {
  const { post } = await startSimulator(t)
  const { json } = await post('/responses', { model: 'gpt-4.1', input: 'x', metadata: { a: 'b' } })
  assert.deepEqual(
    Object.keys(json).filter((key) => members.includes(key)),
    members,
  )
  assert.equal(json.model, 'gpt-4.1-2025-04-14')
  assert.deepEqual(json.metadata, { a: 'b' })
  const { id, created_at } = json as { id: string; created_at: number }
  assert.match(id, /^resp_[0-9a-f]{50}$/)
  assert.equal(Number.parseInt(id.slice(5 + 18, 5 + 26), 16), created_at)
  const [message] = json.output as [{ id: string }]
  assert.equal(message.id.slice(4, 20), id.slice(5, 21))
})

test('a stream tells what the whole answer tells, with gapless numbers and one terminal event', async (t) => {
  const { post } = await startSimulator(t)
  const directives = fc.constantFrom(
    '[[say:hello there]]',
    '[[refuse]]',
    '[[reason:thinking]]',
    '[[incomplete]]',
    '[[search:cats]]',
    '[[call:look {"q":"x"}]]',
    '[[call:raw some text]]',
    '[[parallel]]',
    '[[tokens:30]]',
    '[[preamble:wait]]',
    'plain words',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(directives, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (parts, summary) => {
        const body = {
          model: 'gpt-test',
          input: parts.join(' '),
          tools: [tool('look'), { type: 'custom', name: 'raw' }],
          reasoning: summary ? { summary: 'auto', effort: 'low' } : {},
          include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
        }
        const whole = (await post('/responses', body)).json
        const { text } = await post('/responses', { ...body, stream: true })
        const events = eventsOf(text)
        assert.deepEqual(
          events.map((event) => event.sequence_number),
          events.map((_, index) => index),
        )
        const last = events.at(-1) as { type: string; response: JsonObject }
        assert.equal(last.type, `response.${String(whole.status)}`)
        assert.deepEqual(withoutIds(last.response), withoutIds(whole))
        const terminal = events.filter((event) =>
          /^response\.(completed|incomplete|failed)$/.test(String(event.type)),
        )
        assert.equal(terminal.length, 1)
        const done = events
          .filter((event) => event.type === 'response.output_item.done')
          .map((event) => event.item)
        assert.deepEqual(done, last.response.output)
        assert.deepEqual(joinedDeltas(events), finalTexts(events))
        for (const event of text.split('\n\n').filter(Boolean))
          assert.match(event, /^event: (\S+)\ndata: \{"type":"\1"/)
      },
    ),
    { numRuns: 40 },
  )
})

test('obfuscation fills deltas to sixteen characters, and can be turned off', async (t) => {
  const { post } = await startSimulator(t)
  const deltas = async (stream_options?: JsonObject): Promise<JsonObject[]> => {
    const { text } = await post('/responses', {
      model: 'gpt-test',
      input: '[[tokens:20]]',
      stream: true,
      ...(stream_options ? { stream_options } : {}),
    })
    return eventsOf(text).filter((event) => String(event.type).endsWith('.delta'))
  }
  for (const { delta, obfuscation } of (await deltas()) as { delta: string; obfuscation: string }[]) {
    assert.equal((delta.length + obfuscation.length) % 16, 0)
  }
  for (const event of await deltas({ include_obfuscation: false })) assert.ok(!('obfuscation' in event))
})

test('previous_response_id continues a conversation, chains and all', async (t) => {
  const { post, request, simulator } = await startSimulator(t)
  const first = (await post('/responses', { model: 'gpt-test', input: 'look please', tools: [tool('look')] }))
    .json
  const [call] = first.output as [{ call_id: string }]
  const outputs = [{ type: 'function_call_output', call_id: call.call_id, output: 'found it' }]
  const second = (
    await post('/responses', {
      model: 'gpt-test',
      previous_response_id: first.id,
      input: outputs,
      tools: [tool('look')],
    })
  ).json
  assert.match(JSON.stringify(second.output), /look returned: found it/)
  const third = await post('/responses', {
    model: 'gpt-test',
    previous_response_id: second.id,
    input: 'thanks',
  })
  assert.equal(third.status, 200)

  const bare = await post('/responses', { model: 'gpt-test', previous_response_id: first.id, input: 'and?' })
  assert.match(bare.text, /No tool output found for function call/)
  const unknown = await post('/responses', { model: 'gpt-test', previous_response_id: 'resp_x', input: 'x' })
  assert.equal((unknown.json.error as JsonObject).code, 'previous_response_not_found')

  assert.deepEqual((await request('GET', `/responses/${String(first.id)}`)).json, first)
  const items = (await request('GET', `/responses/${String(second.id)}/input_items`)).json
  assert.equal((items.data as unknown[]).length, 1)
  const reference = await post('/responses', {
    model: 'gpt-test',
    input: [
      { role: 'user', content: 'x' },
      { type: 'item_reference', id: (second.output as [{ id: string }])[0].id },
    ],
  })
  assert.equal(reference.status, 200)
  assert.equal((await request('DELETE', `/responses/${String(first.id)}`)).json.deleted, true)
  assert.equal((await request('GET', `/responses/${String(first.id)}`)).status, 404)
  assert.equal(simulator.control.status.active, 0)
})

test('store: false keeps nothing', async (t) => {
  const { post, request } = await startSimulator(t)
  const { json } = await post('/responses', { model: 'gpt-test', input: 'x', store: false })
  assert.equal((await request('GET', `/responses/${String(json.id)}`)).status, 404)
})

test('background responses are queued, run on the clock, can be polled, resumed and cancelled', async (t) => {
  const clock = new ManualClock()
  const { post, request } = await startSimulator(t, { clock, tokensPerSecond: 10 })
  const body = { model: 'gpt-test', input: '[[tokens:20]]', background: true }
  const { json } = await post('/responses', body)
  const id = String(json.id)
  const status = async (): Promise<unknown> => (await request('GET', `/responses/${id}`)).json.status
  assert.equal(json.status, 'queued')
  clock.advance(1)
  assert.equal(await status(), 'in_progress')
  clock.advance(2000)
  assert.equal(await status(), 'completed')
  assert.equal((await request('GET', `/responses/${id}?stream=true`)).status, 404)

  const other = String((await post('/responses', body)).json.id)
  assert.equal((await post(`/responses/${other}/cancel`, {})).json.status, 'cancelled')
  assert.equal(
    (await post(`/responses/${other}/cancel`, {})).json.status,
    'cancelled',
    'as often as one likes',
  )
  const quick = await startSimulator(t)
  const waited = (await quick.post('/responses', { model: 'gpt-test', input: 'x' })).json
  assert.equal((await quick.post(`/responses/${String(waited.id)}/cancel`, {})).status, 400)
})

test('a background stream can be taken up again after any event', async (t) => {
  const { post, request } = await startSimulator(t)
  const { text } = await post('/responses', {
    model: 'gpt-test',
    input: 'hello',
    background: true,
    stream: true,
  })
  const all = eventsOf(text)
  assert.deepEqual(
    all.slice(0, 3).map((event) => event.type),
    ['response.created', 'response.queued', 'response.in_progress'],
  )
  const id = (all[0] as { response: { id: string } }).response.id
  for (const after of [0, 5, all.length - 1]) {
    const again = await request('GET', `/responses/${id}?stream=true&starting_after=${after}`)
    assert.deepEqual(eventsOf(again.text), all.slice(after + 1))
  }
})

test('time passes on the clock: first token, then the rate of tokens; a client that leaves is billed in part', async (t) => {
  const clock = new ManualClock()
  const { simulator } = await startSimulator(t, { clock, firstTokenMs: 500, tokensPerSecond: 10 })
  const leave = new AbortController()
  const answer = await fetch(`${simulator.url}/responses`, {
    method: 'POST',
    signal: leave.signal,
    headers: { authorization: 'Bearer k' },
    body: JSON.stringify({ model: 'gpt-test', input: '[[tokens:100]]', stream: true }),
  })
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  const read = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString()
  const opening = await read()
  assert.match(opening, /response\.in_progress/)
  assert.doesNotMatch(opening, /delta/)
  clock.advance(500)
  assert.equal((await read()).match(/output_text\.delta\n/g)?.length, 1)
  clock.advance(1000)
  let deltas = 0
  while (deltas < 10) deltas += (await read()).match(/output_text\.delta\n/g)?.length ?? 0
  assert.equal(deltas, 10)
  leave.abort()
  await simulator.control.until((status) => status.clientsLeft === 1)
  assert.equal(simulator.control.requests[0]?.outputTokens, 11)

  const unary = fetch(`${simulator.url}/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer k' },
    body: JSON.stringify({ model: 'gpt-test', input: '[[tokens:11]]' }),
  })
  await simulator.control.until((status) => status.waiting === 1)
  clock.advance(1500)
  assert.equal((await unary).status, 200)
})

test('namespaces, additional tools and custom tools come back as they were sent', async (t) => {
  const { post } = await startSimulator(t)
  const namespace = { type: 'namespace', name: 'mcp__probe', description: 'x', tools: [tool('secret_word')] }
  const call = async (body: JsonObject): Promise<JsonObject> => {
    const { json, status, text } = await post('/responses', { model: 'gpt-test', ...body })
    assert.equal(status, 200, text)
    return (json.output as JsonObject[]).at(-1) ?? {}
  }
  const prompt = '[[call:secret_word {"q":"x"}]]'
  const first = await call({ input: prompt, tools: [namespace] })
  assert.deepEqual([first.name, first.namespace, first.arguments], ['secret_word', 'mcp__probe', '{"q":"x"}'])
  const additional = { type: 'additional_tools', role: 'developer', tools: [namespace] }
  const second = await call({ input: [additional, { role: 'user', content: prompt }] })
  assert.equal(second.namespace, 'mcp__probe')
  const custom = await call({
    input: '[[call:patch *** Begin]]',
    tools: [{ type: 'custom', name: 'patch' }, { type: 'web_search' }],
  })
  assert.deepEqual([custom.type, custom.input], ['custom_tool_call', '*** Begin'])
  assert.match(String(custom.id), /^ctc_/)

  const replay = [
    { role: 'user', content: prompt },
    { type: 'function_call', call_id: 'c', name: 'secret_word', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'plum' }] },
  ]
  const flat = await post('/responses', { model: 'gpt-test', tools: [namespace], input: replay })
  assert.equal((flat.json.error as JsonObject).param, 'input[1].namespace')
  replay[1] = { ...replay[1], namespace: 'mcp__probe' } as never
  assert.match(
    JSON.stringify(await call({ tools: [namespace], input: replay as unknown as JsonObject[] })),
    /plum/,
  )
})

test('counting and compacting', async (t) => {
  const { post } = await startSimulator(t)
  const counted = (await post('/responses/input_tokens', { model: 'gpt-test', input: 'one two three' })).json
  assert.deepEqual(counted, { object: 'response.input_tokens', input_tokens: 6 })
  const compacted = (
    await post('/responses/compact', {
      model: 'gpt-test',
      input: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
      ],
    })
  ).json
  assert.equal(compacted.object, 'response.compaction')
  const output = compacted.output as JsonObject[]
  assert.deepEqual(
    output.map((item) => item.type),
    ['message', 'compaction'],
  )
  assert.equal(
    (await post('/responses', { model: 'gpt-test', input: [...output, { role: 'user', content: 'go on' }] }))
      .status,
    200,
  )
  assert.equal((await post('/responses/compact', { input: 'x' })).status, 400)
})

function withoutIds(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/(resp|msg|rs|fc|ctc|ws)_[0-9a-f]{50}/g, 'id')
    .replaceAll(/call_[A-Za-z0-9]{24}/g, 'call')
    .replaceAll(/gAAAA[A-Za-z0-9_-]+/g, 'sealed')
    .replaceAll(/"(created|completed)_at":\d+/g, '"at":0')
  return JSON.parse(text)
}

function joinedDeltas(events: readonly JsonObject[]): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const { type, item_id, delta } of events) {
    if (String(type).endsWith('.delta'))
      joined[String(item_id)] = (joined[String(item_id)] ?? '') + String(delta)
  }
  return joined
}

function finalTexts(events: readonly JsonObject[]): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const event of events) {
    if (!/_text\.done$|arguments\.done$|input\.done$|refusal\.done$/.test(String(event.type))) continue
    const text = String(event.text ?? event.arguments ?? event.input ?? event.refusal)
    if (text !== '') texts[String(event.item_id)] = text
  }
  return texts
}
