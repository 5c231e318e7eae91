import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FixedWindow } from './fixed-window.ts'
import type { Meter } from './meter.ts'
import { SlidingWindow } from './sliding-window.ts'

interface Taken {
  readonly at: number
  readonly amount: number
}

const limit = 40
const window = 60_000

/** What is in use by definition, from the list of everything that was taken. */
const oracles: readonly { make: () => Meter; used: (taken: readonly Taken[], now: number) => number }[] = [
  {
    make: () => new FixedWindow(limit, window, 0),
    used: (taken, now) => sum(taken.filter(({ at }) => Math.floor(at / window) === Math.floor(now / window))),
  },
  {
    make: () => new SlidingWindow(limit, window, 0),
    used: (taken, now) => sum(taken.filter(({ at }) => at > now - window)),
  },
]

function sum(taken: readonly Taken[]): number {
  return taken.reduce((total, { amount }) => total + amount, 0)
}

const asks = fc.array(
  fc.record({ pause: fc.oneof(fc.nat(20), fc.nat(20_000)), amount: fc.integer({ min: 1, max: 15 }) }),
  { minLength: 1, maxLength: 80 },
)

test('fixed and sliding windows decide like a list of everything taken', () => {
  for (const { make, used } of oracles) {
    fc.assert(
      fc.property(asks, (sequence) => {
        const meter = make()
        const taken: Taken[] = []
        let now = 0
        for (const { pause, amount } of sequence) {
          now += pause
          meter.advance(now)
          assert.equal(meter.shownUsed(), used(taken, now))
          const fits = used(taken, now) + amount <= limit
          assert.equal(meter.fits(amount), fits)
          if (fits) {
            meter.take(amount)
            taken.push({ at: now, amount })
          } else {
            const wait = meter.waitMs(amount)
            assert.ok(wait > 0)
            // With whole numbers both waits are exact: enough, and not a millisecond more.
            assert.ok(used(taken, now + wait) + amount <= limit)
            assert.ok(used(taken, now + wait - 1) + amount > limit)
          }
        }
      }),
    )
  }
})

test('forty in a minute: the fixed window opens on the minute, the sliding one a minute after each', () => {
  const [fixed, sliding] = oracles.map(({ make }) => make()) as [Meter, Meter]
  for (const meter of [fixed, sliding]) {
    meter.advance(50_000)
    for (let n = 0; n < 40; n++) meter.take(1)
    assert.ok(!meter.fits(1))
  }
  assert.equal(fixed.waitMs(1), 10_000)
  assert.equal(sliding.waitMs(1), 60_000)
  assert.equal(fixed.resetMs(), 10_000)
  assert.equal(sliding.resetMs(), 60_000)
})

test('giving back makes room again, and another user takes a share of the window', () => {
  for (const { make } of oracles) {
    const meter = make()
    for (let n = 0; n < 40; n++) meter.take(1)
    meter.giveBack(3)
    assert.ok(meter.fits(3) && !meter.fits(4))
    meter.giveBack(100)
    meter.change(limit, 0.5)
    assert.ok(meter.fits(20))
    meter.take(20)
    assert.ok(!meter.fits(1))
    assert.equal(meter.shownUsed(), 40)
  }
})

test('a long log of takes is forgotten as it ages', () => {
  const meter = new SlidingWindow(1000, 1000, 0)
  for (let now = 0; now < 10_000; now++) {
    meter.advance(now)
    assert.ok(meter.fits(1))
    meter.take(1)
  }
  assert.equal(meter.shownUsed(), 1000)
  meter.advance(20_000)
  assert.equal(meter.shownUsed(), 0)
  assert.equal(meter.resetMs(), 0)
})
