import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureWith } from '../../../test/support/failure.ts'
import { isEnvelope, readEnvelope } from '../../lib/json-envelope.ts'
import { noSavings, type CallSavings } from './call-savings.ts'
import { Savings, type OutgoingRequest, type SavingsSettings } from './savings.ts'

const usual: SavingsSettings = {
  promptCache: 'auto',
  cacheWrites: 'auto',
  streamUsage: 'auto',
  tier: 'auto',
  flexFallback: true,
  baseUrl: 'https://api.openai.com/v1',
  billsCacheWrites: false,
  keyPrefix: 'policy',
  clock: { now: () => 0 },
  note: () => {},
}

const system = { role: 'system', content: 'Be careful. '.repeat(500) }

function setUp(settings: Partial<SavingsSettings> = {}) {
  let now = 0
  const savings = new Savings({ ...usual, clock: { now: () => now }, ...settings })
  const apply = (
    body: Record<string, unknown>,
    more: Partial<OutgoingRequest> = {},
    call: CallSavings = noSavings(),
    at = 0,
  ): { edits: Record<string, unknown>; call: CallSavings } => {
    now = at
    const read = readEnvelope(Buffer.from(JSON.stringify(body)))
    assert.ok(isEnvelope(read))
    const edits = savings.apply(
      {
        api: 'responses',
        body: read,
        edits: new Map(),
        conversation: 'rollout',
        continuation: false,
        stream: false,
        ...more,
      },
      call,
    )
    return {
      edits: Object.fromEntries([...edits].map(([key, json]) => [key, JSON.parse(json.toString())])),
      call,
    }
  }
  return { savings, apply }
}

test('a cache key is added where the caller sent none, and stays with the rollout', () => {
  const { apply } = setUp()
  const { edits, call } = apply({ input: 'hi' })
  assert.match(String(edits.prompt_cache_key), /^policy-\w+-0$/)
  assert.deepEqual(call.added, ['prompt_cache_key'])
  assert.deepEqual(apply({ input: 'hi', prompt_cache_key: null }).edits, edits)
  assert.deepEqual(apply({ input: 'hi', prompt_cache_key: 'mine' }).edits, {})
  assert.deepEqual(apply({ input: 'hi' }, { edits: new Map([['prompt_cache_key', '"theirs"']]) }).edits, {})
  assert.deepEqual(setUp({ promptCache: 'off' }).apply({ input: 'hi' }).edits, {})
})

test('another host gets a key only once it has shown to be OpenAI, or where the key is switched on', () => {
  const { savings, apply } = setUp({ baseUrl: 'http://host/v1' })
  assert.deepEqual(apply({ input: 'hi' }).edits, {})
  savings.heard(noSavings(), 400, { 'openai-version': '2020-10-01' })
  assert.deepEqual(Object.keys(apply({ input: 'hi' }).edits), ['prompt_cache_key'])
  const on = setUp({ baseUrl: 'http://host/v1', promptCache: 'on' })
  assert.deepEqual(Object.keys(on.apply({ input: 'hi' }).edits), ['prompt_cache_key'])
})

test('a refused field is left out, of this call and of all others', () => {
  const notes: string[] = []
  const { savings, apply } = setUp({ note: (sentence) => notes.push(sentence) })
  const { call } = apply({ input: 'hi' })
  const named = failureWith({ param: 'prompt_cache_key' })
  assert.deepEqual(notes, [])
  assert.equal(savings.refused(call, failureWith({ param: 'input' })), false)
  assert.equal(savings.refused(call, named), true)
  assert.deepEqual(apply({ input: 'hi' }, {}, call).edits, {})
  assert.equal(savings.refused(call, named), false, 'it was not sent again')
  assert.deepEqual(notes, ['the upstream does not take prompt_cache_key; calls go without from now on'])
  assert.deepEqual(apply({ input: 'hi' }).edits, {})
})

test('an unnamed suspect is only convicted when the call goes through without it', () => {
  const chat = { api: 'chat', stream: true } as const
  for (const passes of [false, true]) {
    const { savings, apply } = setUp({ baseUrl: 'http://host/v1' })
    const { call, edits } = apply({ messages: [] }, chat)
    assert.deepEqual(edits, { stream_options: { include_usage: true } })
    assert.equal(savings.refused(call, failureWith({ upstreamMessage: 'no' })), true)
    assert.deepEqual(apply({ messages: [] }, chat, call).edits, {})
    assert.equal(call.hidesUsage, false)
    if (passes) savings.heard(call, 200, {})
    else assert.equal(savings.refused(call, failureWith({})), false)
    assert.equal('stream_options' in apply({ messages: [] }, chat).edits, !passes)
  }
})

test('chat streams are asked for their usage, which is hidden from who did not ask', () => {
  const { apply } = setUp({ promptCache: 'off' })
  const chat = { api: 'chat', stream: true } as const
  const asked = (stream_options?: unknown) => apply({ messages: [], stream_options }, chat)
  assert.deepEqual(asked().edits, { stream_options: { include_usage: true } })
  assert.equal(asked().call.hidesUsage, true)
  assert.deepEqual(asked({ include_obfuscation: false }).edits, {
    stream_options: { include_obfuscation: false, include_usage: true },
  })
  assert.equal(asked({ include_usage: false }).call.hidesUsage, true)
  assert.deepEqual(
    [asked({ include_usage: true }).edits, asked({ include_usage: true }).call.hidesUsage],
    [{}, false],
  )
  assert.deepEqual(apply({ messages: [] }, { api: 'chat' }).edits, {})
  assert.deepEqual(apply({ input: 'hi' }, { stream: true }).edits, {})
  assert.deepEqual(setUp({ promptCache: 'off', streamUsage: 'off' }).apply({ messages: [] }, chat).edits, {})
})

test('the tier of the server goes up where the request names none', () => {
  const { apply } = setUp({ promptCache: 'off', tier: 'flex' })
  const { edits, call } = apply({ input: 'hi' })
  assert.deepEqual([edits, call.serviceTier], [{ service_tier: 'flex' }, 'flex'])
  const named = apply({ input: 'hi', service_tier: 'priority' })
  assert.deepEqual([named.edits, named.call.serviceTier], [{}, 'priority'])
  const extra = apply({ input: 'hi' }, { edits: new Map([['service_tier', '"default"']]) })
  assert.deepEqual([extra.edits, extra.call.serviceTier], [{}, 'default'])
})

test('without room at flex the call goes at the default tier, whoever asked for flex', () => {
  const full = failureWith({ reason: 'flex_unavailable', retry: 'paced', upstreamStatus: 429 })
  for (const body of [{ input: 'hi' }, { input: 'hi', service_tier: 'flex' }]) {
    const { savings, apply } = setUp({ promptCache: 'off', tier: 'flex' })
    const { call } = apply(body)
    assert.equal(savings.refused(call, full), true)
    const again = apply(body, {}, call)
    assert.deepEqual([again.edits, again.call.serviceTier], [{ service_tier: 'default' }, 'default'])
    assert.equal(apply(body).call.serviceTier, 'flex', 'others try for themselves')
    for (let times = 0; times < 2; times++) savings.refused(apply(body).call, full)
    assert.equal(apply(body, {}, noSavings(), 500).call.serviceTier, 'default', 'but not in vain for ever')
    assert.equal(apply(body, {}, noSavings(), 1500).call.serviceTier, 'flex')
  }
  const { savings, apply } = setUp({ promptCache: 'off', tier: 'flex', flexFallback: false })
  assert.equal(savings.refused(apply({ input: 'hi' }).call, full), false)
})

test('a tier that the project may not use is left out', () => {
  const { savings, apply } = setUp({ promptCache: 'off', tier: 'flex' })
  const { call } = apply({ input: 'hi' })
  const message = 'Invalid service_tier argument: The requested service tier is not allowed for this project.'
  assert.equal(savings.refused(call, failureWith({ upstreamMessage: message })), true)
  assert.deepEqual([apply({ input: 'hi' }, {}, call).edits, call.serviceTier], [{}, null])
})

test('for models that bill cache writes, the mode follows what was seen', () => {
  const { apply } = setUp({ billsCacheWrites: true })
  const ask = (task: number, body = {}): Record<string, unknown> =>
    apply({ input: [system, { role: 'user', content: `task ${task}` }], ...body }).edits
  assert.deepEqual(Object.keys(ask(0)), ['prompt_cache_key'])
  const marked = ask(1)
  assert.deepEqual(Object.keys(marked), ['prompt_cache_key', 'input'])
  assert.deepEqual(marked.input, [
    {
      role: 'system',
      content: [{ type: 'input_text', text: system.content, prompt_cache_breakpoint: { mode: 'explicit' } }],
    },
    { role: 'user', content: 'task 1' },
  ])
  for (let task = 2; task < 10; task++) ask(task)
  assert.deepEqual(ask(11).prompt_cache_options, { mode: 'explicit' })
  assert.ok(ask(12).input)
  for (const body of [
    { prompt_cache_options: { ttl: '12h' } },
    { prompt_cache_retention: '24h' },
    { previous_response_id: 'resp_1' },
    { metadata: { note: 'prompt_cache_breakpoint' } },
  ]) {
    assert.deepEqual(Object.keys(ask(13, body)), ['prompt_cache_key'], JSON.stringify(body))
  }
  const instructions = setUp({ billsCacheWrites: true })
  const one = (task: number) =>
    instructions.apply({ instructions: system.content, input: `task ${task}` }).edits.prompt_cache_options
  assert.deepEqual(Array.from({ length: 9 }, (_, task) => one(task)).slice(6), [
    undefined,
    { mode: 'explicit' },
    { mode: 'explicit' },
  ])
  assert.deepEqual(
    Object.keys(setUp({ billsCacheWrites: true, cacheWrites: 'off' }).apply({ input: 'x' }).edits),
    ['prompt_cache_key'],
  )
})

test('a host that refuses breakpoints gets neither them nor the options', () => {
  const { savings, apply } = setUp({ billsCacheWrites: true })
  const body = { input: [system, { role: 'user', content: 'other' }] }
  apply({ input: [system, { role: 'user', content: 'task' }] })
  const { call } = apply(body)
  assert.deepEqual(call.added, ['prompt_cache_key', 'prompt_cache_breakpoint'])
  const message = "Unknown parameter: 'input[0].content[0].prompt_cache_breakpoint'."
  assert.equal(savings.refused(call, failureWith({ upstreamMessage: message })), true)
  assert.deepEqual(Object.keys(apply(body, {}, call).edits), ['prompt_cache_key'])
})
