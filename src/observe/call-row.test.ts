import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Call, type Arrival, type Attempt } from '../call/call.ts'
import type { Failure, Usage } from '../call/outcome.ts'
import { callRow, type RowContext } from './call-row.ts'

const usage: Usage = {
  input: 100,
  cachedInput: 60,
  cacheWrite: 0,
  cacheWrite12h: 0,
  output: 20,
  reasoning: 5,
}
const facts = {
  id: 'resp_1',
  model: 'gpt-4o-2024-08-06',
  serviceTier: 'flex',
  status: 'completed',
  stopReason: null,
  usage,
}

const context: RowContext = {
  run: 'run',
  server: 'policy_model',
  model: 'gpt-4o',
  wall: () => 1_000,
  cost: (query) => ({
    microDollars: query.usage.input + 2 * query.usage.output,
    priceConfidence: 'high',
    priceTable: '2026-11-22',
    savedByCache: 1,
    savedByTier: 2,
  }),
  worstCase: () => 999,
}

function call(rollout: string | null): Call {
  const arrival = {
    id: 'c1',
    dialect: { name: 'responses' },
    rollout,
    session: 's1',
    arrivedAt: 100,
  } as unknown as Arrival
  const made = new Call(arrival)
  made.body = Buffer.alloc(400)
  made.endedAt = 350
  return made
}

function attempt(failure: Partial<Failure> | null): Attempt {
  return { number: 1, startedAt: 0, sentAt: 5, headAt: 0, status: 0, failure: failure as Failure | null }
}

test('a completed call is priced by the model and tier that served', () => {
  const made = call('hle-12-3-a1')
  made.attempts.push(attempt(null))
  made.facts = facts
  made.outcome = { kind: 'completed', facts }
  made.status = 200
  const row = callRow(made, context)
  assert.equal(row.task, 'hle-12')
  assert.deepEqual(
    [row.usage, row.microDollars, row.modelServed, row.tierServed, row.totalMs, row.outcome],
    ['reported', 140, 'gpt-4o-2024-08-06', 'flex', 250, 'completed'],
  )
  assert.equal(row.reservedMicroDollars, null)
})

test('a refused call cost nothing; one that may have run and was made again has its input counted apart', () => {
  const refused = call(null)
  refused.attempts.push(attempt({ reason: 'authentication', retry: 'never' }))
  refused.outcome = { kind: 'failed', failure: { reason: 'authentication' } as Failure }
  assert.deepEqual(
    [callRow(refused, context).microDollars, callRow(refused, context).reason],
    [0, 'authentication'],
  )

  const repeated = call(null)
  repeated.attempts.push(attempt({ reason: 'network_reset', retry: 'unsafe' }), attempt(null))
  repeated.facts = facts
  repeated.outcome = { kind: 'completed', facts }
  assert.equal(callRow(repeated, context).failedMicroDollars, 100)
})

test('a call that ended without a figure keeps its worst case; its cost is unknown, never zero', () => {
  const lost = call(null)
  lost.attempts.push(attempt({ reason: 'stream_truncated', retry: 'unsafe' }))
  lost.outcome = { kind: 'failed', failure: { reason: 'stream_truncated' } as Failure }
  const row = callRow(lost, context)
  assert.deepEqual([row.usage, row.microDollars, row.reservedMicroDollars], ['unknown', null, 999])
})

test('a caller that left after sending is estimated, before sending it cost nothing', () => {
  const left = call('t-0')
  left.attempts.push(attempt(null))
  left.events = 7
  left.outcome = { kind: 'cancelled', by: 'client' }
  const row = callRow(left, context)
  assert.deepEqual([row.usage, row.input, row.output, row.status], ['estimated', 100, 7, 0])

  const early = call('t-0')
  early.outcome = { kind: 'cancelled', by: 'client' }
  assert.deepEqual([callRow(early, context).usage, callRow(early, context).microDollars], ['unknown', 0])
})
