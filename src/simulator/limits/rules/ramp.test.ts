import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Ramp } from './ramp.ts'

const settings = { above: 1_000_000, growth: 0.5, everyMs: 900_000, minuteMs: 60_000 }

test('a client that takes all it may grows by half every fifteen minutes', () => {
  const ramp = new Ramp(settings, 0)
  const perMinute: number[] = []
  for (let minute = 0; minute < 46; minute++) {
    let sum = 0
    for (let tick = 0; tick < 600; tick++) {
      const now = minute * 60_000 + tick * 100
      while (ramp.allows(now)) {
        ramp.take(1000)
        sum += 1000
      }
    }
    perMinute.push(sum)
  }
  // The first minute holds the free million at once and the same again as it decays.
  for (const [minute, sum] of perMinute.slice(1).entries()) {
    const expected = 1_000_000 * 1.5 ** ((minute + 1) / 15)
    assert.ok(
      Math.abs(sum / expected - 1) < 0.05,
      `minute ${minute + 1}: ${sum} instead of about ${expected}`,
    )
  }
})

test('whoever pauses begins again near the threshold', () => {
  const ramp = new Ramp(settings, 0)
  for (let now = 0; now < 2_700_000; now += 100) while (ramp.allows(now)) ramp.take(1000)
  assert.ok(ramp.ceiling(2_700_000) > 3_000_000)
  assert.ok(ramp.ceiling(2_700_000 + 3_600_000) < 1_100_000)
})

test('below the threshold nothing is refused, and the ceiling never falls under it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pause: fc.nat(600_000), tokens: fc.nat(3_000_000) }), { maxLength: 40 }),
      (requests) => {
        const ramp = new Ramp(settings, 0)
        let now = 0
        let rate = 0
        for (const { pause, tokens } of requests) {
          now += pause
          rate *= Math.exp(-pause / settings.minuteMs)
          assert.ok(ramp.ceiling(now) >= settings.above)
          if (rate < settings.above) assert.ok(ramp.allows(now))
          if (!ramp.allows(now)) continue
          ramp.take(tokens)
          rate += tokens
        }
      },
    ),
  )
})
