import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../lib/clock.ts'
import { createAdmission, type AdmissionOptions } from './admission.ts'
import type { Ask, GateHeaders } from './gate.ts'
import { askFor, failureFor, settled, signalFor, usageOf, watch, type Watched } from './room/test-calls.ts'

const DAY_MS = 86_400_000

function room(options: Partial<AdmissionOptions> = {}) {
  const clock = new ManualClock()
  const told: string[] = []
  const admission = createAdmission({
    clock,
    random: () => 0.5,
    onChange: ({ message }) => told.push(message),
    ...options,
  })
  const ask = (changes: Partial<Ask> = {}): Watched =>
    watch(admission.admit(askFor({ arrived: clock.now(), ...changes }), signalFor()))
  const limits = () => admission.snapshot().domains[0]?.limits ?? []
  return { clock, told, admission, ask, limits }
}

/** Headers of a host whose limit of requests is one per day: there are none for the one per minute then. */
function dayHeaders(limit: number, remaining: number): GateHeaders {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': `${Math.floor(((limit - remaining) * DAY_MS) / limit)}ms`,
  }
}

/** Sends calls one after the other until the day has but so many left. */
async function useUp({ clock, ask }: ReturnType<typeof room>, limit: number, left: number): Promise<void> {
  for (let remaining = limit - 1; remaining >= left; remaining--) {
    const call = ask()
    for (let tries = 0; call.state === 'waiting' && tries < 100; tries++) {
      clock.advance(100)
      await settled()
    }
    assert.equal(call.state, 'in', `with ${remaining} left`)
    call.lease?.learn(200, dayHeaders(limit, remaining))
    call.lease?.settle(usageOf(10, 10))
    clock.advance(50)
  }
}

test('a day’s limit told by headers: what had looked like a minute’s is no drift, and calls go on as it refills', async () => {
  const given = room()
  await useUp(given, 40, 0)
  const [requests] = given.limits()
  assert.equal(requests?.windowMs, DAY_MS)
  assert.ok(Math.abs(requests?.drift ?? 1) < 0.05, `drift ${requests?.drift}`)
  const next = given.ask()
  assert.equal(next.state, 'waiting')
  given.clock.advance(1.2 * (DAY_MS / 40))
  await settled()
  assert.equal(next.state, 'in')
})

test('a day’s limit that is used up is said, once, and until when', async () => {
  const given = room()
  await useUp(given, 40, 1)
  given.ask()
  given.ask()
  const lines = given.told.filter((line) => line.includes('used up'))
  assert.equal(lines.length, 1)
  assert.match(
    lines[0] ?? '',
    /^The next call of default goes in \d+ (?:s|min), at [\d -]*\d\d:\d\d: the limit of 40 requests per day is used up\.$/,
  )
  const { gate } = given.admission.snapshot().domains[0] ?? {}
  assert.equal(gate?.reason, 'the limit of 40 requests per day is used up')
  assert.ok(gate && Math.abs(gate.until - gate.forMs - given.clock.wall()) < 1)
})

test('of a day’s limit the part that is used up is told, and no rate', async () => {
  const given = room()
  await useUp(given, 40, 10)
  const [requests] = given.limits()
  assert.ok(Math.abs((requests?.utilization ?? 0) - 0.75) < 0.03, `used ${requests?.utilization}`)
  assert.equal(requests?.effectiveRate, null)
})

test('a day’s limit with enough left makes no forecast longer', () => {
  const given = room({ limits: { rpm: 6000, rpd: 10_000 } })
  const calls = Array.from({ length: 400 }, () => given.ask({ deadline: 60_000 }))
  assert.deepEqual(
    calls.filter(({ state }) => state === 'refused').map(({ failure }) => failure?.message),
    [],
  )
  const { emptyInMs } = given.admission.snapshot().domains[0] ?? {}
  assert.ok((emptyInMs ?? Infinity) < 10_000, `${emptyInMs} ms`)
})

test('a day’s limit with too little left does', () => {
  const given = room({ limits: { rpm: 6000, rpd: 200 } })
  for (let n = 0; n < 250; n++) given.ask()
  const { emptyInMs } = given.admission.snapshot().domains[0] ?? {}
  assert.ok((emptyInMs ?? 0) > 40 * (DAY_MS / 200), `${emptyInMs} ms`)
})

test('a request larger than a day’s limit hears that it is the day’s', () => {
  const given = room()
  const first = given.ask()
  first.lease?.rejected(
    failureFor('rate_limit_daily', {
      upstreamMessage:
        'Rate limit reached for m in organization o on tokens per day (TPD): Limit 8000, Used 7900, Requested 200. Please try again in 18m0s.',
      retryAfterMs: null,
    }),
  )
  first.lease?.settle(null)
  const large = given.ask({ maxOutput: 9000 })
  assert.match(large.failure?.message ?? '', /the limit is 8000 tokens per day, so it can never be sent/)
})

/** A free account: few requests per minute, and headers that tell of the day alone. */
function freeAccount(rpm: number, rpd: number) {
  const given = room()
  const sent: number[] = []
  let refused = 0
  let dayUsed = 0
  let level = rpm
  let at = 0
  const answer = (call: Watched): void => {
    const { lease } = call
    if (!lease) return
    const now = given.clock.now()
    level = Math.min(rpm, level + (rpm * (now - at)) / 60_000)
    at = now
    sent.push(now)
    if (level < 1 - 1e-6) {
      refused += 1
      const wait = ((1 - level) * 60_000) / rpm
      lease.learn(429, dayHeaders(rpd, rpd - dayUsed))
      lease.rejected(
        failureFor('rate_limit_requests', {
          upstreamMessage: `Rate limit reached for m in organization o on requests per min (RPM): Limit ${rpm}, Used ${rpm}, Requested 1. Please try again in ${wait / 1000}s.`,
          retryAfterMs: Math.ceil(wait),
        }),
      )
      return lease.settle(null)
    }
    level -= 1
    dayUsed += 1
    lease.learn(200, dayHeaders(rpd, rpd - dayUsed))
    lease.settle(usageOf(10, 10))
  }
  return {
    ...given,
    async run(ms: number) {
      let calls = Array.from({ length: 10 }, () => given.ask())
      for (let passed = 0; passed < ms; passed += 100) {
        for (const call of calls) answer(call)
        calls = calls.map((call) => (call.lease ? given.ask() : call))
        given.clock.advance(100)
        await settled()
      }
      return { admitted: dayUsed, refused }
    },
  }
}

test('an account whose headers tell of the day alone is used at its requests per minute, too', async () => {
  for (const [rpm, rpd] of [
    [3, 200],
    [6, 2000],
    [60, 10_000],
  ] as const) {
    const { run, admission } = freeAccount(rpm, rpd)
    const minutes = 10
    const { admitted, refused } = await run(minutes * 60_000)
    const possible = rpm * (minutes + 1)
    assert.ok(admitted >= 0.85 * possible, `${admitted} of ${possible} at ${rpm} per minute`)
    assert.ok(refused <= 0.05 * admitted + 12, `${refused} refused at ${rpm} per minute`)
    const limits = admission.snapshot().domains[0]?.limits ?? []
    assert.deepEqual(
      limits.map(({ name, limit, windowMs }) => ({ name, limit, windowMs })),
      [
        { name: 'requests', limit: rpm, windowMs: 60_000 },
        { name: 'requestsDay', limit: rpd, windowMs: DAY_MS },
      ],
    )
  }
})
