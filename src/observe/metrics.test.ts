import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../call/call.ts'
import type { AdmissionSnapshot } from '../policy/admission-snapshot.ts'
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
