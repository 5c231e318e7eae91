import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureWith } from '../../../test/support/failure.ts'
import { Call } from '../../call/call.ts'
import type { AnswerFacts, Failure } from '../../call/outcome.ts'
import type { Dialect } from '../../dialect/dialect.ts'
import { jobOf } from './call-job.ts'
import { captureLine } from './capture-line.ts'

const FACTS: AnswerFacts = {
  id: 'resp_1',
  model: 'gpt-4o',
  serviceTier: null,
  status: 'completed',
  stopReason: null,
  usage: null,
}

const FAILURE = failureWith({ reason: 'server_error', upstreamStatus: 500, message: 'no' })

/** A call of rollout r that arrived 1.5 s after the epoch, got its first byte after 3.456 ms and ended after 10. */
function settled(change: Partial<Call> = {}): Call {
  const call = new Call({
    id: 'c'.repeat(32),
    dialect: { name: 'responses' } as Dialect,
    operation: { name: 'create', method: 'POST', spends: true },
    path: '/responses',
    rollout: 'r',
    rolloutIsFileName: true,
    trainingCapture: false,
    clientSessionId: null,
    session: 's',
    account: null,
    fairnessKey: 'r',
    clientRequestId: 'x',
    clientRetries: 0,
    countsEvents: false,
    arrivedAt: 100,
    arrivedWall: 1500,
  })
  call.body = Buffer.from('{"input":"hi"}')
  call.endedAt = 110
  call.status = 200
  call.outcome = { kind: 'completed', facts: FACTS }
  return Object.assign(call, change)
}

function tried(call: Call, status: number, failure: Failure | null = null): Call {
  const number = call.attempts.length + 1
  call.attempts.push({ number, startedAt: 0, sentAt: 0, headAt: 0, status, failure })
  return call
}

function lineOf(
  call: Call,
  stream: string[] = [],
  microDollars: number | null = null,
): Record<string, unknown> {
  const chunks = stream.map((text) => Buffer.from(text))
  const job = jobOf(call, { id: 7, server: 'policy_model', stream: chunks, microDollars })
  assert.equal(job.rollout, 'r')
  return JSON.parse(captureLine(job).toString()) as Record<string, unknown>
}

function failed(change: Partial<Failure>, status = 500): Call {
  const failure = { ...FAILURE, ...change }
  return tried(
    settled({ outcome: { kind: 'failed', failure }, status }),
    failure.upstreamStatus ?? 0,
    failure,
  )
}

test('a unary success', () => {
  const call = tried(
    settled({ answer: Buffer.from('{\n  "id": "resp_1"\n}'), upstreamRequestId: 'req_1' }),
    200,
  )
  call.queuedMs = 4.4
  assert.deepEqual(lineOf(call, [], 1_234), {
    model_call_id: 'c'.repeat(32),
    dialect: 'responses',
    model_ref: { type: 'responses_api_models', name: 'policy_model' },
    started_at: 1.5,
    completed_at: 1.51,
    latency_ms: 10,
    latency_ttft_ms: 10,
    status_code: 200,
    error_category: null,
    request: { input: 'hi' },
    response: { id: 'resp_1' },
    x_spotter: {
      attempts: 1,
      queue_ms: 4,
      backoff_ms: 0,
      cost_usd: 0.001234,
      upstream_request_id: 'req_1',
      upstream_status: 200,
      answered_status: 200,
      failure: null,
      possible_double_charge: false,
    },
  })
})

test('a stream is kept as it came and put together', () => {
  const events = [
    'event: response.completed\ndata: {"type":"response.completed",',
    '"response":{"id":"r"}}\n\n',
  ]
  const call = tried(settled({ streaming: true, firstByteAt: 103.456 }), 200)
  const line = lineOf(call, events)
  assert.deepEqual(line['response'], { id: 'r' })
  assert.equal(line['response_raw'], events.join(''))
  assert.equal(line['latency_ttft_ms'], 3.46)
  assert.equal(line['error_category'], null)
  call.outcome = { kind: 'completed', facts: { ...FACTS, status: 'incomplete' } }
  assert.equal(lineOf(call, events)['error_category'], 'incomplete')
  call.streaming = false
  call.answer = Buffer.from('{}')
  assert.equal(lineOf(call)['error_category'], null, 'a unary answer that is incomplete is a success')
})

test("a failure has the upstream's status and body, although the caller saw another status", () => {
  const categories: [number, string][] = [
    [400, 'client_error'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'not_found'],
    [408, 'timeout'],
    [429, 'rate_limit'],
    [500, 'upstream_error'],
    [503, 'upstream_error'],
    [504, 'timeout'],
  ]
  for (const [status, category] of categories) {
    const call = failed({ upstreamStatus: status }, 424)
    call.answer = Buffer.from('{"error":1}')
    const line = lineOf(call)
    assert.equal(line['status_code'], status)
    assert.equal(line['error_category'], category)
    assert.equal(line['response'], null)
    assert.equal(line['response_raw'], '{"error":1}')
    assert.equal(line['latency_ttft_ms'], null)
    assert.equal((line['x_spotter'] as { answered_status: number }).answered_status, 424)
  }
})

test('where nobody answered there is no status, and an earlier answer is not taken for the last', () => {
  for (const [reason, category] of [
    ['timeout', 'timeout'],
    ['network_name', 'connection'],
    ['network_reset', 'connection'],
    ['protocol', 'exception'],
  ] as const) {
    const call = failed({ reason, upstreamStatus: null })
    call.answer = Buffer.from('{"error":"of the first attempt"}')
    const line = lineOf(call)
    assert.equal(line['status_code'], null, reason)
    assert.equal(line['error_category'], category)
    assert.ok(!('response_raw' in line))
  }
})

test('a failed response inside HTTP 200 is kept as an object, a page as text', () => {
  const response = failed({ reason: 'response_failed', upstreamStatus: 200 })
  response.answer = Buffer.from('{"id":"resp_1","status":"failed"}')
  assert.equal(lineOf(response)['error_category'], 'upstream_error')
  assert.deepEqual(lineOf(response)['response'], { id: 'resp_1', status: 'failed' })
  const page = failed({ reason: 'protocol', upstreamStatus: 200 })
  page.answer = Buffer.from('<html>')
  assert.equal(lineOf(page)['error_category'], 'capture_parse_error')
  assert.equal(lineOf(page)['response_raw'], '<html>')
})

test('a stream that broke off is truncated, one that told its error is an error', () => {
  const events = ['event: response.created\ndata: {"type":"response.created","response":{"id":"r"}}\n\n']
  const broken = failed({ reason: 'network_reset', upstreamStatus: null }, 200)
  Object.assign(broken, { streaming: true, firstByteAt: 105 })
  assert.equal(lineOf(broken, events)['error_category'], 'stream_truncated')
  assert.deepEqual(lineOf(broken, events)['response'], { id: 'r' })
  assert.equal(lineOf(broken, events)['status_code'], 200)
  const told = failed({ reason: 'server_error', upstreamStatus: 200 }, 200)
  Object.assign(told, { streaming: true, firstByteAt: 105 })
  assert.equal(lineOf(told, events)['error_category'], 'upstream_error')
})

test('what Spotter refused by itself has the status the caller saw', () => {
  const refused = settled({ status: 422 })
  refused.outcome = {
    kind: 'failed',
    failure: { ...FAILURE, source: 'client', reason: 'invalid_request', upstreamStatus: null },
  }
  assert.equal(lineOf(refused)['status_code'], 422)
  assert.equal(lineOf(refused)['error_category'], 'client_error')
  refused.body = Buffer.from('{"input": ')
  assert.equal(lineOf(refused)['request_raw'], '{"input": ')
})

test('what Spotter told the caller by itself is the answer: a body, or events behind those of the upstream', () => {
  const refused = settled({ status: 422, told: { text: '{"detail":[]}', asEvents: false } })
  const failure = { ...FAILURE, source: 'client', reason: 'invalid_request', upstreamStatus: null } as const
  refused.outcome = { kind: 'failed', failure }
  assert.deepEqual(lineOf(refused)['response'], { detail: [] })
  assert.equal('response_raw' in lineOf(refused), false)

  const last =
    'event: response.failed\ndata: {"type":"response.failed","response":{"id":"r","status":"failed"}}\n\n'
  const told = { text: last, asEvents: true }
  const events = ['event: response.created\ndata: {"type":"response.created","response":{"id":"r"}}\n\n']
  const broken = Object.assign(failed({ reason: 'network_reset', upstreamStatus: null }, 200), { told })
  Object.assign(broken, { streaming: true, firstByteAt: 105 })
  assert.equal(lineOf(broken, events)['response_raw'], events[0] + last)
  assert.deepEqual(lineOf(broken, events)['response'], { id: 'r', status: 'failed' })
  assert.equal(lineOf(broken, events)['error_category'], 'stream_truncated')

  const begun = Object.assign(failed({ upstreamStatus: 401 }, 200), { told, streaming: true })
  const { response_raw, status_code, error_category } = lineOf(begun)
  assert.deepEqual([response_raw, status_code, error_category], [last, 200, 'upstream_error'])

  // The upstream's own refusal is the upstream's, in whatever words the caller heard of it.
  const rejected = failed({ upstreamStatus: 401 }, 401)
  Object.assign(rejected, {
    told: { text: '{"error":"ours"}', asEvents: false },
    answer: Buffer.from('{"error":1}'),
  })
  assert.equal(lineOf(rejected)['response_raw'], '{"error":1}')
  const unreachable = failed({ reason: 'network_refused', upstreamStatus: null }, 424)
  unreachable.told = { text: '{"error":"ours"}', asEvents: false }
  assert.equal(lineOf(unreachable)['response'], null)
})

test('who answered is told where it was not simply the upstream; a session where the caller named one', () => {
  const facts = (call: Call): unknown[] => {
    const line = lineOf(call)
    return [
      line['upstream_attempted'],
      line['response_source'],
      line['upstream_status_code'],
      line['local_response_reason'],
    ]
  }
  assert.deepEqual(facts(tried(settled({ answer: Buffer.from('{}') }), 200)), [
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  assert.deepEqual(facts(failed({ upstreamStatus: 503 })), [true, 'upstream', 503, null])
  assert.deepEqual(facts(failed({ reason: 'timeout', upstreamStatus: null })), [true, null, null, null])
  const refused = settled({ status: 402 })
  const budget = { ...FAILURE, source: 'gateway', reason: 'budget_exceeded', upstreamStatus: null } as const
  refused.outcome = { kind: 'failed', failure: budget }
  assert.deepEqual(facts(refused), [false, 'local', null, 'budget_exceeded'])
  const unsent = settled({ status: 401, told: { text: '{"error":"as before"}', asEvents: false } })
  unsent.outcome = { kind: 'failed', failure: { ...FAILURE, reason: 'authentication', upstreamStatus: 401 } }
  assert.deepEqual(facts(unsent), [false, 'local', null, 'authentication'])
  assert.deepEqual(lineOf(unsent)['response'], { error: 'as before' })
  const overflow = failed({ reason: 'context_overflow', source: 'client', upstreamStatus: 400 }, 200)
  overflow.standIn = Buffer.from('{"status":"incomplete"}')
  assert.deepEqual(facts(overflow), [true, 'local', 400, 'context_length_exceeded'])
  assert.equal(lineOf(overflow)['error_category'], 'context_length_exceeded')
  assert.deepEqual(facts(settled({ outcome: { kind: 'cancelled', by: 'client' } })), [
    false,
    null,
    null,
    null,
  ])

  const named = settled({ answer: Buffer.from('{}') })
  Object.assign(named.arrival, { clientSessionId: 'a "b"' })
  const line = lineOf(named)
  assert.equal(line['client_session_id'], 'a "b"')
  assert.deepEqual(Object.keys(line).slice(-3), ['response', 'client_session_id', 'x_spotter'])
})

test('a call whose caller left is no success', () => {
  const left = settled({ status: 0, outcome: { kind: 'cancelled', by: 'client' }, answer: Buffer.from('{}') })
  assert.equal(lineOf(left)['status_code'], null)
  assert.equal(lineOf(left)['error_category'], 'cancelled')
  assert.equal(lineOf(left)['response'], null)
})
