import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusalPause } from './refusal-pause.ts'

test('one probe at a time, each pause longer than the last, up to half a minute', () => {
  const pause = new RefusalPause()
  pause.begin(0, 5, 1000, 100)
  let now = 0
  const waits: number[] = []
  for (let probe = 0; probe < 8; probe++) {
    waits.push(pause.waitMs(now))
    now += pause.waitMs(now)
    pause.sent(now)
    assert.ok(pause.waitMs(now) > 0, 'a probe is out')
    pause.goOn(now)
  }
  assert.deepEqual(waits, [1000, 2500, 6250, 15_625, 30_000, 30_000, 30_000, 30_000])
})

test('a pause that was followed by the next refusal too soon becomes longer, up to three seconds', () => {
  const pause = new RefusalPause()
  const firstWaits: number[] = []
  for (let time = 0; time < 5; time++) {
    pause.begin(0, time, 500, time === 0 ? 100 : 3)
    firstWaits.push(pause.waitMs(0))
    pause.end()
  }
  assert.deepEqual(firstWaits, [500, 1250, 3000, 3000, 3000])
  pause.begin(0, 9, 500, 100)
  assert.equal(pause.waitMs(0), 500)
})

/** What a host asks for, probe by probe, and what is waited. */
function waitsFor(pause: RefusalPause, asks: readonly number[]): number[] {
  let now = 0
  return asks.map((ask) => {
    pause.asked(now, ask)
    const wait = pause.waitMs(now)
    now += wait
    pause.sent(now)
    pause.goOn(now)
    return wait
  })
}

test('a host that asked for waits it did not mean is not taken at its word again, except to wait longer', () => {
  const pause = new RefusalPause()
  pause.begin(0, 5, 1000, 100)
  assert.deepEqual(waitsFor(pause, [60, 60, 60, 60, 60, 90_000]), [60, 60, 6250, 15_625, 30_000, 90_000])
  pause.end()
  pause.begin(0, 20, 1000, 100)
  assert.deepEqual(waitsFor(pause, [60, 5000]), [1000, 5000])
})

test('a host that meant the waits it asked for is taken at its word, though one of them was too short', () => {
  const pause = new RefusalPause()
  for (let time = 0; time < 5; time++) {
    pause.begin(0, 5, 1000, 100)
    assert.deepEqual(waitsFor(pause, [60]), [60])
    pause.asked(0, 80)
    assert.equal(pause.waitMs(0), 80)
    pause.end()
  }
})

test('long: when a window had to end', () => {
  const pause = new RefusalPause()
  pause.begin(0, 5, 400, 100)
  assert.equal(pause.long(2900), false)
  assert.equal(pause.long(3100), true)
  pause.end()
  // Where requests are minutes apart anyway, a long pause is a usual one.
  pause.begin(0, 6, 20_000, 100)
  assert.equal(pause.long(40_000), false)
})

test('what was sent before the refusal says nothing of the time after it', () => {
  const pause = new RefusalPause()
  assert.equal(pause.outdated(0), false)
  pause.begin(0, 5, 1000, 100)
  assert.equal(pause.outdated(5), true)
  assert.equal(pause.outdated(6), false)
})
