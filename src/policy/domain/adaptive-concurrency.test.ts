import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AdaptiveConcurrency } from './adaptive-concurrency.ts'

/** A host that serves `fullSpeed` requests at a time at full speed and shares that out among more. Keeps it busy. */
function drive(concurrency: AdaptiveConcurrency, fullSpeed: number, rounds: number): number {
  let now = 0
  for (let round = 0; round < rounds; round++) {
    const inFlight = concurrency.allowed(now)
    const slowdown = Math.max(1, inFlight / fullSpeed)
    for (let call = 0; call < inFlight; call++) {
      // Long and short answers: their length alone must not look like congestion.
      const output = 100 + ((call * 37) % 10) * 90
      concurrency.dispatched(now)
      concurrency.clean(inFlight)
      concurrency.completed((output + 20) * 12 * slowdown, 0, output, inFlight)
    }
    now += 8000 * slowdown
  }
  return concurrency.allowed(now)
}

describe('a host that tells no limits', () => {
  test('gets more in flight until it slows down, and not much more', () => {
    const allowed = drive(new AdaptiveConcurrency(), 128, 60)
    assert.ok(allowed > 128 && allowed < 500, `${allowed} in flight`)
  })

  test('a host with ten times the room gets ten times as much', () => {
    const allowed = drive(new AdaptiveConcurrency(), 1280, 60)
    assert.ok(allowed > 1280 && allowed < 5000, `${allowed} in flight`)
  })

  test('is not given more than it is asked for', () => {
    const concurrency = new AdaptiveConcurrency()
    for (let call = 0; call < 200; call++) {
      concurrency.dispatched(call)
      concurrency.clean(1)
      concurrency.completed(4000, 100, 100, 1)
    }
    assert.equal(concurrency.allowed(1_000_000), 4)
  })

  test('gets a trickle while the first answer is awaited', () => {
    const concurrency = new AdaptiveConcurrency()
    assert.equal(concurrency.allowed(0), 4)
    concurrency.dispatched(0)
    assert.equal(concurrency.allowed(10_000), 64)
    assert.equal(concurrency.allowed(3_600_000), 256)
  })
})

describe('an overloaded host', () => {
  test('is cut once per episode, however many requests fail in it', () => {
    const concurrency = new AdaptiveConcurrency()
    concurrency.release()
    assert.equal(concurrency.allowed(0), Infinity)
    const cuts = Array.from({ length: 100 }, (_, index) =>
      concurrency.overloaded(10 + index, 110, 100),
    ).filter(Boolean)
    assert.equal(cuts.length, 1)
    assert.equal(concurrency.allowed(0), 80)
    assert.equal(concurrency.overloaded(111, 150, 80), true)
    assert.equal(concurrency.allowed(0), 64)
  })

  test('is not cut for one refusal in twenty', () => {
    const concurrency = new AdaptiveConcurrency()
    concurrency.release()
    for (let sequence = 0; sequence < 1000; sequence++) {
      if (sequence % 20 === 0) concurrency.overloaded(sequence, sequence, 100)
      else concurrency.clean(100)
    }
    assert.equal(concurrency.mode, 'free')
  })

  test('is free again once it has taken twice what it failed at', () => {
    const concurrency = new AdaptiveConcurrency()
    concurrency.release()
    for (let sequence = 1; sequence < 10; sequence++) concurrency.overloaded(sequence, 9, 10)
    assert.equal(concurrency.mode, 'recovering')
    for (let call = 0; call < 1000; call++) concurrency.clean(concurrency.allowed(0))
    assert.equal(concurrency.mode, 'free')
  })

  test('always keeps a few', () => {
    const concurrency = new AdaptiveConcurrency()
    for (let cut = 0; cut < 50; cut++) concurrency.overloaded(cut, cut, 1)
    assert.equal(concurrency.allowed(0), 4)
  })
})
