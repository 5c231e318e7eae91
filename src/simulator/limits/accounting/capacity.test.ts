import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bucket } from '../meters/bucket.ts'
import { bucketCapacity, refillPerBin, windowCapacity, type Supply } from './capacity.ts'

const windowMs = 1000

const schedule = fc
  .array(
    fc.record({
      length: fc.integer({ min: 1, max: 400 }),
      limit: fc.integer({ min: 1, max: 20 }).map((tens) => tens * 100),
      foreignShare: fc.constantFrom(0, 0.25, 0.5, 1),
      open: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((stretches) => {
    let from = 0
    return stretches.map(({ length, ...rest }): Supply => {
      const supply = { from, ...rest }
      from += length
      return supply
    })
  })

test('a client that spends every crumb at once charges exactly what was available', () => {
  fc.assert(
    fc.property(
      schedule,
      fc.constantFrom(0, 0.5, 1),
      fc.integer({ min: 1, max: 2500 }),
      (supplies, initialUse, until) => {
        const first = supplies[0]!
        const bucket = new Bucket(first.limit, windowMs, 0, first.limit * initialUse)
        let charged = 0
        let current = -1
        for (let now = 0; now <= until; now++) {
          bucket.advance(now)
          const next = supplies.findLastIndex(({ from }) => from <= now)
          const supply = supplies[next]!
          if (next !== current) bucket.change(supply.limit, supply.foreignShare)
          current = next
          // Crumbs of a hundredth; the millisecond's worth of advance that a bucket gives is not taken.
          const refillMs = supply.limit / windowMs
          while (supply.open && bucket.fits(refillMs + 0.01)) {
            bucket.take(0.01)
            charged += 0.01
            if (bucket.fits(refillMs + 10)) {
              bucket.take(10)
              charged += 10
            }
          }
        }
        const { available } = bucketCapacity(supplies, windowMs, initialUse, until)
        // A segment that closes loses at most the refill of its last millisecond and a crumb.
        const slack = supplies.length * 2.05
        assert.ok(charged <= available + slack && charged >= available - slack, `${charged} of ${available}`)
      },
    ),
    { numRuns: 60 },
  )
})

test('available is the initial stock and the refill without what another user spends', () => {
  const supplies = [
    { from: 0, limit: 1000, foreignShare: 0, open: true },
    { from: 500, limit: 1000, foreignShare: 0.3, open: true },
  ]
  assert.deepEqual(bucketCapacity(supplies, windowMs, 0, 500), { available: 1500, initial: 1000, foreign: 0 })
  const later = bucketCapacity(supplies, windowMs, 0, 1500)
  assert.ok(Math.abs(later.available - 2200) < 1e-9)
  assert.ok(Math.abs(later.foreign - 300) < 1e-9)
  assert.equal(bucketCapacity([], windowMs, 0, 10).available, 0)
})

test('during an outage the bucket fills, but not beyond its limit', () => {
  const supplies = [
    { from: 0, limit: 1000, foreignShare: 0, open: true },
    { from: 1000, limit: 1000, foreignShare: 0, open: false },
    { from: 9000, limit: 1000, foreignShare: 0, open: true },
  ]
  assert.equal(bucketCapacity(supplies, windowMs, 0, 8999).available, 2000)
  assert.equal(bucketCapacity(supplies, windowMs, 0, 9500).available, 3500)
})

test('a window gives its limit once, unless it was closed throughout', () => {
  const supplies = [
    { from: 0, limit: 40, foreignShare: 0, open: true },
    { from: 1500, limit: 40, foreignShare: 0, open: false },
    { from: 3000, limit: 20, foreignShare: 0.5, open: true },
  ]
  assert.equal(windowCapacity(supplies, windowMs, 999).available, 40)
  assert.equal(windowCapacity(supplies, windowMs, 2500).available, 80)
  assert.deepEqual(windowCapacity(supplies, windowMs, 3500), { available: 90, initial: 40, foreign: 10 })
})

test('the refill per bin adds up to the refill', () => {
  fc.assert(
    fc.property(schedule, fc.integer({ min: 1, max: 20 }), (supplies, bins) => {
      const open = supplies.map((supply) => ({ ...supply, open: true }))
      const perBin = refillPerBin(open, windowMs, 100, bins)
      assert.equal(perBin.length, bins)
      const total = perBin.reduce((sum, refill) => sum + refill, 0)
      let expected = 0
      for (let ms = 0; ms < bins * 100; ms++) {
        const supply = open.findLast(({ from }) => from <= ms)!
        expected += (supply.limit / windowMs) * (1 - supply.foreignShare)
      }
      assert.ok(Math.abs(total - expected) < 1e-6, `${total} of ${expected}`)
    }),
  )
})
