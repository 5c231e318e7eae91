import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bucket } from './bucket.ts'

/**
 * The same bucket in whole numbers: time in whole milliseconds, amounts in units × window, so that one
 * millisecond drains exactly `limit`. A request passes when less than one millisecond of refill is lacking.
 */
class ExactBucket {
  used = 0n
  at = 0n
  readonly limit: bigint
  readonly window: bigint

  constructor(limit: number, windowMs: number) {
    this.limit = BigInt(limit)
    this.window = BigInt(windowMs)
  }

  ask(now: number, amount: number): boolean {
    const drained = this.used - (BigInt(now) - this.at) * this.limit
    this.used = drained > 0n ? drained : 0n
    this.at = BigInt(now)
    if (this.used + (BigInt(amount) - this.limit) * this.window >= this.limit) return false
    this.used += BigInt(amount) * this.window
    return true
  }
}

const limits = fc.constantFrom(1, 3, 40, 200, 500, 3000, 60_000, 500_000, 2_000_000, 180_000_000)
const windows = fc.constantFrom(1000, 6000, 60_000, 86_400_000)
const asks = fc.array(
  fc.record({
    pause: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(30_000)),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
)

test('every decision is that of exact arithmetic', () => {
  fc.assert(
    fc.property(limits, windows, asks, (limit, window, sequence) => {
      const bucket = new Bucket(limit, window, 0)
      const exact = new ExactBucket(limit, window)
      let now = 0
      for (const { pause, share } of sequence) {
        now += pause
        const amount = Math.max(1, Math.round(limit * share))
        bucket.advance(now)
        const fits = bucket.fits(amount)
        if (fits) bucket.take(amount)
        assert.equal(fits, exact.ask(now, amount))
      }
    }),
    { numRuns: 500 },
  )
})

test('no stretch of time admits more than the limit, its refill, and one millisecond of refill', () => {
  fc.assert(
    fc.property(limits, windows, asks, (limit, window, sequence) => {
      const bucket = new Bucket(limit, window, 0)
      const admitted: { at: number; amount: number }[] = []
      let now = 0
      for (const { pause, share } of sequence) {
        now += pause
        const amount = Math.max(1, Math.round(limit * share))
        bucket.advance(now)
        if (!bucket.fits(amount)) continue
        bucket.take(amount)
        admitted.push({ at: now, amount })
      }
      for (const [first, { at: from }] of admitted.entries()) {
        let sum = 0
        for (const { at, amount } of admitted.slice(first)) {
          sum += amount
          assert.ok(sum <= limit + (limit / window) * (at - from + 1) + 1e-3)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('the law of waiting: exactly the wait is enough, two milliseconds less never is', () => {
  fc.assert(
    fc.property(
      limits,
      windows,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (limit, window, usedShare, askShare) => {
        const used = Math.round(limit * usedShare)
        const amount = Math.max(1, Math.round(limit * askShare))
        const filled = (): Bucket => {
          const bucket = new Bucket(limit, window, 0)
          bucket.take(used)
          return bucket
        }
        if (filled().fits(amount)) return
        const wait = filled().waitMs(amount)
        assert.equal(wait, Number((BigInt(used + amount - limit) * BigInt(window)) / BigInt(limit)))
        const onTime = filled()
        onTime.advance(wait)
        assert.ok(onTime.fits(amount), 'refused after waiting as told')
        const early = filled()
        early.advance(Math.max(0, wait - 2))
        assert.ok(!early.fits(amount), 'admitted although two milliseconds too early')
      },
    ),
    { numRuns: 500 },
  )
})

test('a partly drained bucket shows whole units, and waiting by them is always enough', () => {
  fc.assert(
    fc.property(
      limits,
      windows,
      fc.nat(20_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (limit, window, drained, share) => {
        const bucket = new Bucket(limit, window, 0)
        bucket.take(limit)
        bucket.advance(drained)
        const amount = Math.max(1, Math.round(limit * share))
        if (bucket.fits(amount)) return
        const shown = bucket.shownUsed()
        assert.ok(Number.isInteger(shown))
        const wait = bucket.waitMs(amount)
        assert.equal(wait, Math.max(1, Math.floor(((shown + amount - limit) * window) / limit)))
        bucket.advance(drained + wait)
        assert.ok(bucket.fits(amount))
      },
    ),
    { numRuns: 500 },
  )
})

test('a request larger than the bucket passes when nothing is in use, and is paid off before the next', () => {
  const bucket = new Bucket(100, 1000, 0)
  assert.ok(bucket.fits(250))
  bucket.take(250)
  bucket.advance(1499)
  assert.ok(!bucket.fits(100), 'after 1,499 ms 100.1 are still in use')
  bucket.advance(2498)
  assert.ok(!bucket.fits(100))
  bucket.advance(2500)
  assert.ok(bucket.fits(100))
})

test('a lowered limit forgives what exceeds it, a raised one opens room, and another user slows the refill', () => {
  const bucket = new Bucket(1000, 1000, 0)
  bucket.take(1000)
  bucket.change(500, 0)
  assert.equal(bucket.shownUsed(), 500)
  bucket.change(2000, 0.5)
  assert.equal(bucket.shownUsed(), 500)
  bucket.advance(100)
  assert.equal(bucket.shownUsed(), 400)
  assert.equal(bucket.resetMs(), 200)
  bucket.giveBack(1000)
  assert.equal(bucket.shownUsed(), 0)
})
