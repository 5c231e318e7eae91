import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../lib/clock.ts'
import { createAdmission } from './admission.ts'
import { askFor, failureFor, limitHeaders, settled, signalFor, watch } from './room/test-calls.ts'

test('an overload is said once for each number it goes down to, however long it lasts', async () => {
  const clock = new ManualClock()
  const told: string[] = []
  const admission = createAdmission({
    clock,
    random: () => 0.5,
    onChange: ({ kind, message }) => kind === 'overloaded' && told.push(message),
  })
  const ask = () => watch(admission.admit(askFor({ arrived: clock.now() }), signalFor()))
  const first = ask()
  first.lease?.learn(200, limitHeaders(40_000_000, 39_999_000))
  first.lease?.settle(null)
  let calls = Array.from({ length: 60 }, ask)
  for (let step = 0; step < 60; step++) {
    for (const { lease } of calls) {
      lease?.learn(503, {})
      lease?.rejected(failureFor('overloaded', { upstreamStatus: 503 }))
      lease?.settle(null)
    }
    // Those that were refused come again.
    calls = calls.map((call) => (call.lease ? ask() : call))
    clock.advance(40_000)
    await settled()
  }
  assert.ok(told.length > 0)
  assert.equal(new Set(told).size, told.length, told.join('\n'))
})
