import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ServerLevel, type LevelMark } from './server-level.ts'

const WINDOW_MS = 60_000

interface Traffic {
  readonly limit: number
  /** What the server charges for what we think is 1. */
  readonly truth: number
  /** Share of the limit somebody else spends, at a moment. */
  readonly foreign: (at: number) => number
  /** Milliseconds from a request to the sight of its headers. */
  readonly delayMs: (index: number) => number
  /** Requests per window, as a share of the limit. */
  readonly load: number
  readonly durationMs: number
}

/** Sends evenly to a bucket kept here, and shows its headers to the observer when they arrive. */
function follow({ limit, truth, foreign, delayMs, load, durationMs }: Traffic) {
  const rate = limit / WINDOW_MS
  const cost = limit / 600
  const level = new ServerLevel(0)
  const arrivals: { at: number; mark: LevelMark; remaining: number; sequence: number }[] = []
  let server = limit
  let at = 0
  let merged = -1
  const every = cost / (rate * load)
  for (let sequence = 0; sequence * every < durationMs; sequence++) {
    const now = sequence * every
    for (const arrival of arrivals.filter((one) => one.at <= now).sort((a, b) => a.at - b.at)) {
      level.advance(arrival.at, rate, limit)
      if (arrival.sequence > merged) {
        merged = arrival.sequence
        level.observe(arrival.mark, arrival.remaining, rate, limit, WINDOW_MS)
      }
      arrivals.splice(arrivals.indexOf(arrival), 1)
    }
    server = Math.min(limit, server + rate * (1 - foreign(now)) * (now - at))
    at = now
    level.advance(now, rate, limit)
    const mark = level.spend(cost)
    server -= cost * truth
    arrivals.push({ at: now + delayMs(sequence), mark, remaining: Math.max(0, Math.floor(server)), sequence })
  }
  return { level, server, rate }
}

describe('the level of a bucket kept elsewhere', () => {
  test('is exact where nobody else spends and the estimate is right, however late the headers come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 600, max: 40_000_000 }),
        fc.double({ min: 0.3, max: 1.2, noNaN: true }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 7 }),
        (limit, load, delay, spread) => {
          const delayMs = (index: number): number => delay * (1 + (index % spread))
          const durationMs = Math.min(120_000, load > 1 ? (0.9 * WINDOW_MS) / (load - 1) : 120_000)
          const { level, server } = follow({
            limit,
            truth: 1,
            foreign: () => 0,
            delayMs,
            load,
            durationMs,
          })
          if (!level.known) return
          assert.ok(
            Math.abs(level.level - server) < 0.02 * limit + 2,
            `${level.level} for ${server} of ${limit}`,
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  for (const [name, truth, foreign] of [
    ['another user takes 30 %', 1, 0.3],
    ['requests cost 1.43 times what we think', 1 / 0.7, 0],
    ['requests cost 0.77 times what we think', 1 / 1.3, 0],
  ] as const) {
    test(`finds the drift when ${name}, with headers at once or ten seconds late`, () => {
      for (const delay of [20, 10_000]) {
        const load = (1.02 * (1 - foreign)) / truth
        const { level, server, rate } = follow({
          limit: 2_000_000,
          truth,
          foreign: () => foreign,
          delayMs: () => delay,
          load,
          durationMs: 90_000,
        })
        const drift = foreign + load * (truth - 1)
        assert.ok(
          Math.abs(level.drift / rate - drift) < 0.05,
          `drift ${level.drift / rate} for ${drift}, ${delay} ms late`,
        )
        assert.ok(Math.abs(level.level - server) < 0.05 * 2_000_000, `level ${level.level} for ${server}`)
      }
    })
  }

  test('forgets a neighbour who has left within seconds, though a full bucket does not show that', () => {
    for (const delay of [20, 3000]) {
      const { level, rate } = follow({
        limit: 2_000_000,
        truth: 1,
        foreign: (at) => (at < 60_000 ? 0.3 : 0),
        delayMs: () => delay,
        load: 0.7,
        durationMs: 66_000 + delay,
      })
      assert.ok(Math.abs(level.drift) < 0.05 * rate, `drift ${level.drift / rate}, ${delay} ms late`)
    }
  })

  test('a refusal after a silence shows more than the average of that silence', () => {
    const limit = 60_000
    const rate = limit / WINDOW_MS
    const level = new ServerLevel(0)
    level.observe(level.spend(0), 30_000, rate, limit, WINDOW_MS)
    const at = (now: number, remaining: number, charged: boolean): void => {
      level.advance(now, rate, limit)
      const mark = level.spend(1)
      level.observe(mark, remaining, rate, limit, WINDOW_MS, charged)
    }
    at(1000, 31_000, true)
    // For two of five seconds somebody else has spent half of the rate: a fifth on average.
    at(6000, 35_000, false)
    assert.ok(level.drift > 0.25 * rate && level.drift < 0.5 * rate, `${level.drift / rate}`)
  })

  test('stays at full when full, and a limit that shrinks takes the level with it', () => {
    const level = new ServerLevel(0)
    level.assume(100)
    level.advance(60_000, 100 / WINDOW_MS, 100)
    assert.equal(level.level, 100)
    level.limitChanged(40)
    assert.equal(level.level, 40)
  })

  test('a request that never arrived is given back, also for later headers', () => {
    const level = new ServerLevel(0)
    level.observe(level.spend(10), 90, 0.001, 100, WINDOW_MS)
    const lost = level.spend(30)
    const next = level.spend(10)
    level.refund(30)
    assert.equal(level.level, 80)
    level.observe(next, 80, 0.001, 100, WINDOW_MS)
    assert.ok(Math.abs(level.level - 80) < 1e-9, `${level.level}`)
    assert.ok(lost.raw > next.raw)
  })
})
