import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ManualClock, type Clock } from './clock.ts'
import { TimerWheel } from './timer-wheel.ts'

test('fires once, not early and at most one tick late', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 30 }), (delays) => {
      const clock = new ManualClock()
      const wheel = new TimerWheel(clock, 50)
      const fired: [number, number][] = []
      for (const delay of delays) {
        const start = clock.now()
        wheel.timer(() => fired.push([delay, clock.now() - start])).set(delay)
        clock.advance(7)
      }
      clock.advance(130_000)
      assert.equal(fired.length, delays.length)
      for (const [delay, at] of fired) assert.ok(at >= delay && at <= delay + 100, `${delay} fired at ${at}`)
    }),
    { numRuns: 50 },
  )
})

test('a timer that is set again moves, a cancelled one never fires', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, 50)
  const fired: string[] = []
  const moved = wheel.timer(() => fired.push('moved'))
  const cancelled = wheel.timer(() => fired.push('cancelled'))
  moved.set(100)
  cancelled.set(100)
  clock.advance(60)
  moved.set(1000)
  cancelled.cancel()
  clock.advance(500)
  assert.deepEqual(fired, [])
  clock.advance(700)
  assert.deepEqual(fired, ['moved'])
})

test('a timer may cancel another of the same tick', () => {
  const clock = new ManualClock()
  const wheel = new TimerWheel(clock, 50)
  const fired: string[] = []
  const first = wheel.timer(() => {
    fired.push('first')
    second.cancel()
  })
  const second = wheel.timer(() => {
    fired.push('second')
    first.cancel()
  })
  first.set(100)
  second.set(100)
  clock.advance(1000)
  assert.equal(fired.length, 1)
})

test('timers that come and go cost one native timer a tick, and an empty wheel none', () => {
  const clock = new ManualClock()
  let armed = 0
  const counting: Clock = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after(ms, callback) {
      armed += 1
      return clock.after(ms, callback)
    },
  }
  const wheel = new TimerWheel(counting, 50)
  for (let call = 0; call < 10; call++) {
    const timer = wheel.timer(() => assert.fail('it was cancelled'))
    timer.set(100)
    clock.advance(4)
    timer.cancel()
  }
  assert.equal(armed, 1)
  clock.advance(10_000)
  assert.equal(armed, 1)
  let firedAt = 0
  wheel.timer(() => (firedAt = clock.now())).set(100)
  clock.advance(10_000)
  assert.ok(firedAt >= 10_140 && firedAt <= 10_200, `${firedAt}`)
})
