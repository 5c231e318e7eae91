import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecentSum } from './recent-sum.ts'

const SPAN = 60_000
const BIN = SPAN / 60

test('the sum is that of the last minute, give or take a second', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 * SPAN }), fc.integer({ min: 1, max: 9 })))
  fc.assert(
    fc.property(steps, (added) => {
      const recent = new RecentSum(SPAN)
      const log: { at: number; amount: number }[] = []
      const since = (from: number): number =>
        log.reduce((sum, { at, amount }) => (at > from ? sum + amount : sum), 0)
      let now = 0
      for (const [gap, amount] of added) {
        now += gap
        recent.add(amount, now)
        log.push({ at: now, amount })
        const sum = recent.sum(now)
        assert.ok(sum >= since(now - SPAN + BIN) && sum <= since(now - SPAN - BIN))
      }
    }),
  )
})

test('what is taken back is not in the sum', () => {
  const recent = new RecentSum(SPAN)
  recent.add(3, 1000)
  recent.add(-3, 1500)
  assert.equal(recent.sum(1500), 0)
  assert.equal(recent.sum(10 * SPAN), 0)
})
