import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrowingRate } from './growing-rate.ts'

const second = 1000

/** Sends at the ceiling for so long, held back all the time (or never). */
function send(rate: GrowingRate, from: number, ms: number, held = true): void {
  rate.restart(from)
  for (let now = from; now < from + ms; now += 100) {
    if (held) rate.heldBack(100)
    rate.sent(now)
  }
}

function near(actual: number, expected: number, share = 0.05): void {
  assert.ok(Math.abs(actual / expected - 1) < share, `${actual} instead of ${expected}`)
}

test('nothing is known at first', () => {
  const rate = new GrowingRate()
  assert.equal(rate.known, false)
  assert.equal(rate.ceiling, Infinity)
})

test('a guess rises by leaps, until it has been refused', () => {
  const rate = new GrowingRate()
  rate.guess(0.001)
  send(rate, 0, 10 * second)
  assert.ok(rate.ceiling > 0.02)
  rate.restart(10 * second)
  rate.confirmGuess()
  send(rate, 10 * second, 5 * second)
  assert.ok(rate.ceiling < 0.0015)
})

test('measurements are averaged by their lengths', () => {
  const rate = new GrowingRate()
  rate.measured(0.01, 20 * second, false)
  assert.equal(rate.perMs, 0.01)
  rate.measured(0.013, 10 * second, false)
  near(rate.perMs, 0.011)
  // A long one is not outweighed by the past.
  rate.measured(0.005, 600 * second, false)
  near(rate.perMs, 0.005)
})

test('a little less than the rate at first, more with time, and sooner where little had been measured', () => {
  const ceilingAfter = (measuredMs: number, ms: number): number => {
    const rate = new GrowingRate()
    rate.measured(0.02, measuredMs, false)
    send(rate, 0, ms)
    return rate.ceiling / rate.perMs
  }
  assert.ok(ceilingAfter(20 * second, 0) < 1)
  assert.ok(ceilingAfter(20 * second, 15 * second) < 1.02)
  assert.ok(ceilingAfter(20 * second, 60 * second) > 1.2)
  assert.ok(ceilingAfter(5 * second, 15 * second) > 1.2)
})

test('it does not rise where the rate is not what holds requests back', () => {
  const rate = new GrowingRate()
  rate.measured(0.02, 20 * second, false)
  const before = rate.ceiling
  send(rate, 0, 600 * second, false)
  assert.equal(rate.ceiling, before)
})

test('what was accepted while the rate rose a lot is only a beginning', () => {
  const rate = new GrowingRate()
  rate.guess(0.001)
  send(rate, 0, 20 * second)
  const tried = rate.ceiling
  rate.measured(0.005, 20 * second, false)
  rate.restart(20 * second)
  near(rate.perMs, 0.005)
  send(rate, 20 * second, 20 * second)
  assert.ok(rate.ceiling > 0.007 && rate.ceiling < tried)
})
