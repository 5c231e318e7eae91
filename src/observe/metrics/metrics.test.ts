import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attempt, Call } from '../../call/call.ts'
import type { AdmissionSnapshot } from '../../policy/admission-snapshot.ts'
import { Metrics } from './metrics.ts'

const snapshot = {
  inFlight: 3,
  circuits: { quota: { state: 'open' }, key: { state: 'closed' } },
  estimate: { error: 0.1 },
  domains: [],
} as unknown as AdmissionSnapshot

function settledCall(seconds: number): Call {
  return {
    arrival: { dialect: { name: 'responses' }, arrivedAt: 0 },
    endedAt: seconds * 1000,
    queuedMs: 250,
    backoffMs: 0,
    firstByteAt: 0,
    possibleDoubleCharge: false,
    outcome: { kind: 'completed', facts: {} },
    facts: { usage: { input: 10, cachedInput: 4, cacheWrite: 0, cacheWrite12h: 0, output: 5, reasoning: 0 } },
  } as unknown as Call
}

const dimension = { limit: 500, level: 400, effectiveRate: 450, utilization: 0.9, drift: 0.01 }

/** A model with long context and flex, in a project with a limit of its own. */
const busy = {
  ...snapshot,
  domains: ['m', 'm (long context)', 'm (flex)', 'm (long context) (flex)'].map((name) => ({
    name,
    limits: ['requests', 'tokens', 'projectTokens'].map((one) => ({ ...dimension, name: one })),
    queue: ['continuation', 'first'].map((band) => ({ band, waiting: 7, oldestMs: 9000 })),
    horizon: 0.8,
    headroom: 0.97,
    wasted: { tokens: 12 },
    foreign: { share: 0.2 },
    gate: { forMs: 36_000 },
    emptyInMs: 90_000,
    output: { reserved: 800, used: 100 },
    forecast: { predictedMs: 1000, actualMs: 1200 },
  })),
} as unknown as AdmissionSnapshot

const REASONS = ['rate_limit_tokens', 'rate_limit_requests', 'quota', 'server_error', 'timeout', 'overloaded']

test('a domain’s pause, its projected end and what is reserved in vain; fewer than 200 series in the worst case', async () => {
  const metrics = new Metrics(() => busy)
  for (const name of ['responses', 'chat', 'messages']) {
    for (const kind of ['completed', 'failed', 'cancelled']) {
      for (const reason of REASONS) {
        const call = settledCall(1)
        const outcome = { kind, failure: { reason }, facts: {} }
        metrics.settled({
          ...call,
          arrival: { ...call.arrival, dialect: { name } },
          outcome,
        } as unknown as Call)
        metrics.attempted(call, { failure: { reason } } as Attempt)
      }
    }
  }
  const lines = (await metrics.text()).split('\n')
  const has = (line: string): void => assert.ok(lines.includes(line), `${line} is missing`)
  has('spotter_held_seconds{domain="m"} 36')
  has('spotter_queue_empty_seconds{domain="m (flex)"} 90')
  has('spotter_reserved_output_ratio{domain="m"} 8')
  const series = lines.filter((line) => line !== '' && !line.startsWith('#')).length
  assert.ok(series <= 200, `${series} series`)
})

test('calls, tokens and durations in Prometheus’ text format', async () => {
  const metrics = new Metrics(() => snapshot)
  for (const seconds of [0.001, 0.3, 0.3, 4000]) metrics.settled(settledCall(seconds))
  const lines = (await metrics.text()).split('\n')
  const has = (line: string): void => assert.ok(lines.includes(line), `${line} is missing`)
  has('spotter_calls_total{dialect="responses",outcome="completed"} 4')
  has('gen_ai_client_token_usage_total{gen_ai_token_type="input"} 40')
  has('gen_ai_client_token_usage_total{gen_ai_token_type="cache_read_input"} 16')
  has('gen_ai_client_operation_duration_seconds_bucket{le="0.005"} 1')
  has('gen_ai_client_operation_duration_seconds_bucket{le="0.5"} 3')
  has('gen_ai_client_operation_duration_seconds_bucket{le="+Inf"} 4')
  has('gen_ai_client_operation_duration_seconds_count 4')
  has('spotter_calls_in_flight 3')
  has('spotter_circuit_open{circuit="quota"} 1')
  assert.ok(lines.filter((line) => line !== '' && !line.startsWith('#')).length < 200)
})
