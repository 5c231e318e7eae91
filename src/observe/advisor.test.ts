import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Call, type Arrival } from '../call/call.ts'
import { chatCompletions } from '../dialect/chat-completions.ts'
import { responses } from '../dialect/responses.ts'
import { isEnvelope, readEnvelope } from '../lib/json-envelope.ts'
import { readConversationStart } from '../policy/savings/conversation-start.ts'
import { Advisor } from './advisor.ts'

const system = { role: 'system', content: 'Be careful.' }
const ask = { role: 'user', content: 'Hello.' }
const answer = { role: 'assistant', content: 'Yes?' }
const more = { role: 'user', content: 'More.' }
const turns = [
  [system, ask],
  [system, ask, answer, more],
]

interface Turn {
  readonly body?: Record<string, unknown>
  readonly cached?: number
  readonly tier?: string
  readonly account?: string | null
  /** Minutes after the first turn. */
  readonly minute?: number
}

/** A settled call as the pipeline leaves it. */
function settled(
  number: number,
  { body = {}, cached = 0, tier = 'default', account = 'rollout', minute = 0 }: Turn,
) {
  const dialect = 'messages' in body ? chatCompletions : responses
  const operation = { name: 'create', method: 'POST', spends: true } as const
  const call = new Call({ dialect, operation, account, arrivedAt: minute * 60_000 } as Arrival)
  const read = readEnvelope(Buffer.from(JSON.stringify({ input: turns[number], ...body })))
  assert.ok(isEnvelope(read))
  call.outgoing = read
  call.request = dialect.facts(read)
  call.savings.start = readConversationStart(dialect.api.name, read)
  call.endedAt = minute * 60_000 + 1
  call.facts = {
    id: 'x',
    model: 'gpt-5.1-2025-11-13',
    serviceTier: tier,
    status: 'completed',
    stopReason: null,
    usage: {
      input: 2000 + number * 500,
      cachedInput: cached,
      cacheWrite: 0,
      cacheWrite12h: 0,
      output: 100,
      reasoning: 0,
    },
  }
  return call
}

function causes(first: Turn, second: Turn): unknown[] {
  const advisor = new Advisor('gpt-5.1')
  advisor.settled(settled(0, first))
  advisor.settled(settled(1, second))
  return advisor.breaks.map(({ cause, calls, tokens }) => [cause, calls, tokens])
}

test('a turn that read what the turn before had left is no loss', () => {
  assert.deepEqual(causes({}, { cached: 1920 }), [])
})

test('what changed between two turns is named', () => {
  const tools = (name: string) => ({ tools: [{ type: 'function', name }] })
  const lost = 2000
  assert.deepEqual(causes({ body: tools('a') }, { body: tools('b') }), [['tools', 1, lost]])
  assert.deepEqual(causes({}, { body: { instructions: 'now' } }), [['instructions', 1, lost]])
  assert.deepEqual(causes({}, { body: { reasoning: { effort: 'high' } } }), [['reasoning', 1, lost]])
  assert.deepEqual(causes({}, { tier: 'flex' }), [['tier', 1, lost]])
  assert.deepEqual(causes({}, { minute: 6 }), [['time', 1, lost]])
  assert.deepEqual(causes({}, { minute: 4 }), [['unknown', 1, lost]])
  const rewritten = [system, ask, { ...answer, content: 'No.' }, more]
  const advisor = new Advisor('gpt-5.1')
  advisor.settled(settled(1, {}))
  advisor.settled(settled(1, { body: { input: [...rewritten, answer, more] } }))
  assert.deepEqual(
    advisor.breaks.map(({ cause }) => cause),
    ['earlier messages'],
  )
  const clock = { input: [{ ...system, content: 'It is 10:01.' }, ask, answer, more] }
  assert.deepEqual(causes({}, { body: clock }), [['system messages', 1, lost]])
})

test('other conversations are not compared, and first turns neither', () => {
  assert.deepEqual(causes({ account: 'a' }, { account: 'b' }), [])
  assert.deepEqual(causes({ account: null }, { account: null }), [])
  const other = { input: [system, { ...ask, content: 'Something else.' }, answer, more] }
  assert.deepEqual(causes({}, { body: other }), [])
})

test('chat conversations are compared alike', () => {
  const chat = (number: number, effort: string) => ({ messages: turns[number], reasoning_effort: effort })
  assert.deepEqual(causes({ body: chat(0, 'low') }, { body: chat(1, 'high') }), [
    ['reasoning_effort', 1, 2000],
  ])
  assert.deepEqual(causes({ body: chat(0, 'low') }, { body: chat(1, 'low'), cached: 1920 }), [])
})

test('figures are kept by model and tier', () => {
  const advisor = new Advisor('gpt-5.1')
  advisor.settled(settled(0, { body: { max_output_tokens: 5000 } }))
  advisor.settled(settled(0, { cached: 1024 }))
  advisor.settled(settled(0, { tier: 'flex' }))
  assert.deepEqual(
    advisor.figures.map(({ tier, calls, input, cachedInput, reservedOutput, usedOfReserved }) => [
      tier,
      calls,
      input,
      cachedInput,
      reservedOutput,
      usedOfReserved,
    ]),
    [
      ['default', 2, 4000, 1024, 5000, 100],
      ['flex', 1, 2000, 0, 0, 0],
    ],
  )
})
