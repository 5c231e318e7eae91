import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { goDurationMs } from '../../lib/go-duration.ts'
import { ManualClock } from '../../lib/clock.ts'
import { scenarioOf, type ScenarioInput } from '../scenarios/schema.ts'
import { createQuotaTwin } from './quota-twin.ts'
import { ask } from './test-requests.ts'

const minute = 60_000
const day = 1440 * minute

/** What is in use of a limit, in whole numbers of units × window. */
interface ExactLimit {
  readonly unit: 'requests' | 'tokens'
  readonly limit: number
  readonly window: number
  readonly project: string | null
  used: bigint
}

/** The twin's rules once more, plainly: all limits together, all or nothing, a refused attempt costs a request. */
class Oracle {
  readonly limits: ExactLimit[]
  at = 0

  constructor(limits: { rpm: number; rpd: number; tpm: number; tpd: number; project_tpm: number }) {
    const make = (
      unit: ExactLimit['unit'],
      limit: number,
      window: number,
      project: string | null = null,
    ): ExactLimit => ({
      unit,
      limit,
      window,
      project,
      used: 0n,
    })
    this.limits = [
      make('requests', limits.rpm, minute),
      make('requests', limits.rpd, day),
      make('tokens', limits.tpm, minute),
      make('tokens', limits.tpd, day),
      ...['proj_a', 'proj_b'].map((project) => make('tokens', limits.project_tpm, minute, project)),
    ]
  }

  ask(now: number, project: string, tokens: number): boolean {
    for (const limit of this.limits) {
      const drained = limit.used - BigInt(now - this.at) * BigInt(limit.limit)
      limit.used = drained > 0n ? drained : 0n
    }
    this.at = now
    const mine = this.limits.filter((limit) => limit.project === null || limit.project === project)
    const room = (limit: ExactLimit, amount: number): boolean =>
      amount <= limit.limit &&
      limit.used + BigInt(amount - limit.limit) * BigInt(limit.window) < BigInt(limit.limit)
    const amountOf = (limit: ExactLimit): number => (limit.unit === 'tokens' ? tokens : 1)
    const take = (limits: readonly ExactLimit[]): void => {
      for (const limit of limits) limit.used += BigInt(amountOf(limit)) * BigInt(limit.window)
    }
    if (mine.every((limit) => room(limit, amountOf(limit)))) {
      take(mine)
      return true
    }
    const requests = mine.filter((limit) => limit.unit === 'requests')
    if (requests.every((limit) => room(limit, 1))) take(requests)
    return false
  }
}

const limitSets = fc.record({
  rpm: fc.constantFrom(3, 20, 500),
  rpd: fc.constantFrom(20, 10_000),
  tpm: fc.constantFrom(1000, 40_000),
  tpd: fc.constantFrom(10_000, 1_000_000),
  project_tpm: fc.constantFrom(800, 20_000),
})

const traffic = fc.array(
  fc.record({
    pause: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(20_000), fc.nat(1_000_000)),
    project: fc.constantFrom('proj_a', 'proj_b'),
    tokens: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 45_000 })),
  }),
  { minLength: 1, maxLength: 80 },
)

test('any traffic on five limits is decided as by exact arithmetic, and the account agrees', () => {
  fc.assert(
    fc.property(limitSets, traffic, (limits, requests) => {
      const clock = new ManualClock()
      const { limiter, account } = createQuotaTwin(scenarioOf({ limits }), clock)
      const oracle = new Oracle(limits)
      const sums = { admitted: 0, tokens: 0, refused: 0 }
      for (const { pause, project, tokens } of requests) {
        clock.advance(pause)
        const { allowed } = limiter.admit(ask({ project, maxOutput: tokens, now: clock.now() }))
        assert.equal(allowed, oracle.ask(clock.now(), project, tokens))
        sums.admitted += allowed ? 1 : 0
        sums.refused += allowed ? 0 : 1
        sums.tokens += allowed ? tokens : 0
      }
      const [domain] = account().domains
      assert.deepEqual(domain!.admitted, { requests: sums.admitted, tokens: sums.tokens })
      assert.equal(domain!.refused.requests, sums.refused)
      const causes = Object.values(domain!.refusals).reduce((sum, count) => sum + count, 0)
      assert.equal(causes, sums.refused)
      for (const limit of domain!.limits) {
        const advance = limit.limit / limit.windowMs
        assert.ok(
          limit.admitted + limit.wasted <= limit.available + advance + 1e-3,
          `${limit.name} gave more than it had`,
        )
      }
    }),
    { numRuns: 300 },
  )
})

test('headers agree with each other and with the message, at every speed of time', () => {
  fc.assert(
    fc.property(limitSets, traffic, fc.constantFrom(1, 6, 60), (limits, requests, minuteSeconds) => {
      const clock = new ManualClock()
      const { limiter } = createQuotaTwin(scenarioOf({ limits, minute_seconds: minuteSeconds }), clock)
      const windows = {
        requests: minuteSeconds * 1_440_000,
        tokens: minuteSeconds * 1000,
        'project-tokens': minuteSeconds * 1000,
      }
      const expected = { requests: limits.rpd, tokens: limits.tpm, 'project-tokens': limits.project_tpm }
      for (const { pause, project, tokens } of requests) {
        clock.advance(Math.round((pause * minuteSeconds) / 60))
        const answer = limiter.admit(ask({ project, maxOutput: tokens, now: clock.now() }))
        for (const [family, window] of Object.entries(windows)) {
          const limit = Number(answer.headers[`x-ratelimit-limit-${family}`])
          const remaining = Number(answer.headers[`x-ratelimit-remaining-${family}`])
          const reset = goDurationMs(answer.headers[`x-ratelimit-reset-${family}`]!)!
          assert.equal(limit, expected[family as keyof typeof expected])
          assert.ok(Number.isInteger(remaining) && remaining >= 0 && remaining <= limit)
          // A bucket may be overdrawn by one millisecond's refill; the reset says so, the remaining stops at 0.
          if (remaining > 0)
            assert.ok(Math.abs(reset - Math.floor(((limit - remaining) * window) / limit)) < 1e-3)
        }
        if (answer.allowed || answer.status !== 429) continue
        const { message } = (answer.body as { error: { message: string } }).error
        const match =
          /(min|day) .*Limit (\d+), Used (\d+), Requested (\d+)\. Please try again in (\S+)\. /.exec(message)
        if (!match) continue
        const [limit, used, requested] = match.slice(2, 5).map(Number) as [number, number, number]
        const window = minuteSeconds * (match[1] === 'min' ? 1000 : 1_440_000)
        assert.ok(
          Math.abs(
            goDurationMs(match[5]!)! - Math.max(1, Math.floor(((used + requested - limit) * window) / limit)),
          ) < 1e-3,
        )
      }
    }),
    { numRuns: 200 },
  )
})

test('on a quiet account the same request passes after exactly the wait, and not two milliseconds before', () => {
  const scenarios: readonly ScenarioInput[] = [
    { limits: { tpm: 500_000 } },
    { limits: { tpm: 500_000, rpm: 1000 } },
    { limits: { tpm: 500_000 }, minute_seconds: 6 },
    { limits: { tpd: 500_000 }, minute_seconds: 1 },
    { limits: { tpm: 10_000_000, project_tpm: 500_000 } },
    { limits: { tpm: 500_000 }, window: 'fixed', headers: { retry_after_ms: true } },
    { limits: { tpm: 500_000 }, window: 'sliding' },
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...scenarios),
      fc.integer({ min: 1, max: 500_000 }),
      fc.integer({ min: 1, max: 500_000 }),
      (input, spent, wanted) => {
        fc.pre(spent + wanted > 500_001)
        const after = (wait: number | null) => {
          const { limiter } = createQuotaTwin(
            scenarioOf({ ...input, headers: { retry_after_ms: true } }),
            new ManualClock(),
          )
          assert.ok(limiter.admit(ask({ maxOutput: spent })).allowed)
          const refused = limiter.admit(ask({ maxOutput: wanted }))
          return wait === null ? refused : limiter.admit(ask({ maxOutput: wanted, now: wait }))
        }
        const refused = after(null)
        fc.pre(!refused.allowed)
        const wait = Number(refused.headers['retry-after-ms'])
        assert.ok(after(wait).allowed, `refused after ${wait} ms`)
        assert.ok(wait < 2 || !after(wait - 2).allowed, `admitted before ${wait} ms`)
      },
    ),
    { numRuns: 300 },
  )
})

test('a quantum lets no stretch of time have more than its own bucket and refill', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pause: fc.nat(400), tokens: fc.integer({ min: 1, max: 1000 }) }), {
        minLength: 1,
        maxLength: 80,
      }),
      (requests) => {
        const { limiter, account } = createQuotaTwin(
          scenarioOf({ limits: { tpm: 60_000, rpm: 6000 }, quantum: '1s' }),
          new ManualClock(),
        )
        const admitted: { at: number; tokens: number }[] = []
        let now = 0
        for (const { pause, tokens } of requests) {
          now += pause
          const answer = limiter.admit(ask({ maxOutput: tokens, now }))
          if (answer.allowed) admitted.push({ at: now, tokens })
          else
            assert.ok(
              Number(answer.headers['x-ratelimit-remaining-tokens']) >= tokens,
              'the minute has room: only the second has not',
            )
        }
        for (const [first, { at: from }] of admitted.entries()) {
          let sum = 0
          for (const { at, tokens } of admitted.slice(first)) {
            sum += tokens
            assert.ok(sum <= 1000 + (at - from + 1))
          }
        }
        const refusals = Object.keys(account().domains[0]?.refusals ?? {})
        assert.ok(refusals.every((cause) => cause === 'quantum'))
      },
    ),
    { numRuns: 200 },
  )
})
