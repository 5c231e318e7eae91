import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../lib/clock.ts'
import { createAdmission } from './admission.ts'
import { askFor, failureFor, signalFor, watch } from './room/test-calls.ts'

test('a host that refuses without a word: the log says so, once, and the status why nobody is sent', () => {
  const clock = new ManualClock()
  const told: string[] = []
  const admission = createAdmission({
    clock,
    random: () => 0.5,
    onChange: ({ message }) => told.push(message),
  })
  const ask = () => watch(admission.admit(askFor({ arrived: clock.now() }), signalFor()))
  const calls = [ask(), ask(), ask()]
  for (const { lease } of calls) {
    lease?.learn(429, {})
    lease?.rejected(failureFor('rate_limit'))
    lease?.settle(null)
  }
  assert.equal(ask().state, 'waiting')
  assert.deepEqual(told, [
    'The host refuses calls of default without telling its limits: single ones find out when it takes them again.',
  ])
  const { gate } = admission.snapshot().domains[0] ?? {}
  assert.equal(gate?.reason, 'the host refuses and does not tell its limits')
  assert.ok(gate.forMs > 0)
})
