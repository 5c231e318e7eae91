import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManualClock } from '../lib/clock.ts'
import { createAdmission, type AdmissionChange, type AdmissionOptions } from './admission.ts'
import type { Ask, Lease } from './gate.ts'
import {
  askFor,
  failureFor,
  isLease,
  limitHeaders,
  settled,
  signalFor,
  usageOf,
  watch,
  type Watched,
} from './room/test-calls.ts'

function room(options: Partial<AdmissionOptions> = {}) {
  const clock = new ManualClock()
  const changes: AdmissionChange[] = []
  const admission = createAdmission({
    clock,
    random: () => 0.5,
    onChange: (change) => changes.push(change),
    ...options,
  })
  const ask = (ask: Partial<Ask> = {}, signal = signalFor()): Watched =>
    watch(admission.admit(askFor({ arrived: clock.now(), ...ask }), signal))
  return { clock, changes, admission, ask }
}

/** A lease, or the test fails. */
function granted({ lease }: Watched): Lease {
  assert.ok(lease)
  return lease
}

describe('letting calls in', () => {
  test('is synchronous where there is room', () => {
    const { admission } = room({ maxConcurrent: 1 })
    assert.ok(isLease(admission.admit(askFor(), signalFor())))
  })

  test('keeps to the cap, and the next goes in the tick in which one ends', async () => {
    const { ask, admission } = room({ maxConcurrent: 2, limits: { rpm: 100_000 } })
    const calls = Array.from({ length: 4 }, (_, index) => ask({ fairnessKey: `r${index}` }))
    assert.deepEqual(
      calls.map((call) => call.state),
      ['in', 'in', 'waiting', 'waiting'],
    )
    granted(calls[0]!).settle(usageOf(100, 10))
    await settled()
    assert.deepEqual(
      calls.map((call) => call.state),
      ['in', 'in', 'in', 'waiting'],
    )
    assert.equal(admission.snapshot().inFlight, 2)
  })

  test('gives back once, however often a lease is settled', () => {
    const { ask, admission } = room({ maxConcurrent: 1 })
    const lease = granted(ask())
    for (const used of [usageOf(1, 1), null, 'estimate' as const]) lease.settle(used)
    lease.learn(200, {})
    lease.rejected(failureFor('quota'))
    assert.equal(admission.snapshot().inFlight, 0)
    assert.equal(admission.snapshot().circuits.quota.state, 'closed')
  })

  test('is first come first served within a key, and a refused attempt returns to its head', async () => {
    const { ask, clock } = room({ maxConcurrent: 1 })
    const first = granted(ask({ fairnessKey: 'a', arrived: 0 }))
    clock.advance(5)
    const second = ask({ fairnessKey: 'a' })
    clock.advance(5)
    const third = ask({ fairnessKey: 'a' })
    first.rejected(failureFor('overloaded', { upstreamStatus: 503 }))
    const again = ask({ fairnessKey: 'a', arrived: 0, attempt: 1 })
    first.settle(null)
    await settled()
    assert.deepEqual([again.state, second.state, third.state], ['in', 'waiting', 'waiting'])
    granted(again).settle(usageOf(1, 1))
    await settled()
    assert.deepEqual([second.state, third.state], ['in', 'waiting'])
  })

  test('a call that leaves is gone at once', async () => {
    const { ask, admission } = room({ maxConcurrent: 1 })
    const lease = granted(ask())
    const signal = signalFor()
    const gone = ask({ fairnessKey: 'gone' }, signal)
    const next = ask({ fairnessKey: 'next' })
    assert.equal(admission.snapshot().waiting, 2)
    signal.onAbort?.()
    assert.equal(admission.snapshot().waiting, 1)
    lease.settle(null)
    await settled()
    assert.deepEqual([gone.state, next.state], ['refused', 'in'])
  })

  test('a call that had left before it asked is not kept', () => {
    const { ask, admission } = room({ maxConcurrent: 1 })
    ask()
    assert.equal(ask({}, { aborted: true, onAbort: null }).state, 'refused')
    assert.equal(admission.snapshot().waiting, 0)
  })

  test('closing answers everyone', async () => {
    const { ask, admission } = room({ maxConcurrent: 1 })
    ask()
    const waiting = ask()
    admission.close(failureFor('shutting_down'))
    await settled()
    assert.equal(waiting.failure?.reason, 'shutting_down')
    assert.equal(ask().failure?.reason, 'shutting_down')
  })
})

describe('the start, while nothing is known', () => {
  test('lets a handful through, then a few each second, then all that the limits allow', async () => {
    const { ask, clock, admission } = room()
    const calls = Array.from({ length: 1000 }, (_, index) => ask({ fairnessKey: `r${index}` }))
    const inside = (): number => calls.filter((call) => call.state === 'in').length
    assert.equal(inside(), 4)
    clock.advance(1000)
    await settled()
    assert.ok(inside() >= 8 && inside() <= 10, `${inside()} after a second`)
    granted(calls[0]!).learn(200, limitHeaders(6_000_000, 5_990_000))
    clock.advance(1000)
    await settled()
    // 100 tokens each of 100,000 per second: everyone.
    assert.equal(inside(), 1000)
    assert.equal(admission.snapshot().domains[0]?.limits[1]?.source, 'header')
  })

  test('without headers the number in flight doubles while answers stay clean', async () => {
    const { ask, clock } = room()
    const calls = Array.from({ length: 500 }, (_, index) => ask({ fairnessKey: `r${index}` }))
    const open = (): Watched[] => calls.filter((call) => call.state === 'in' && call.lease)
    const counts: number[] = []
    for (let round = 0; round < 4; round++) {
      clock.advance(3000)
      await settled()
      counts.push(open().length)
      for (const call of open()) {
        granted(call).learn(200, {})
        granted(call).settle(usageOf(100, 100))
        call.lease = null
      }
      await settled()
    }
    assert.ok(
      counts.every((count, index) => index === 0 || count >= 1.6 * counts[index - 1]!),
      `in flight: ${counts.join(', ')}`,
    )
  })
})

describe('deadlines', () => {
  test('a call that waited in vain hears why, on time', async () => {
    const { ask, clock } = room({ maxConcurrent: 1 })
    ask()
    const call = ask({ deadline: clock.now() + 90_000 })
    clock.advance(89_000)
    await settled()
    assert.equal(call.state, 'waiting')
    clock.advance(1001)
    await settled()
    assert.equal(call.failure?.reason, 'patience_exhausted')
    assert.equal(call.failure?.source, 'gateway')
    assert.match(
      call.failure?.message ?? '',
      /waited 90 s .*max_concurrent_requests is reached.*: raise pacing\.max_wait_seconds, /,
    )
  })

  test('a call that cannot be let in in time hears it at once', () => {
    const { ask, clock } = room({ limits: { rpm: 60 } })
    for (let index = 0; index < 300; index++) ask({ fairnessKey: `r${index}` })
    const hopeless = ask({ fairnessKey: 'late', deadline: clock.now() + 60_000 })
    assert.equal(hopeless.failure?.reason, 'patience_exhausted')
    assert.match(hopeless.failure?.message ?? '', /would wait about \d+ (s|min) behind 299 others/)
    assert.equal(ask({ fairnessKey: 'patient', deadline: clock.now() + 600_000 }).state, 'waiting')
  })
})

describe('limits', () => {
  test('a request larger than the whole limit is refused at once, with the figures', () => {
    const { ask } = room()
    granted(ask()).learn(200, limitHeaders(30_000, 29_000))
    const { failure } = ask({ maxOutput: 40_000 })
    assert.equal(failure?.reason, 'request_larger_than_limit')
    assert.equal(failure?.retry, 'never')
    assert.match(failure?.message ?? '', /40000 tokens and the limit is 30000 .*lower max_output_tokens/)
  })

  test('all of them are taken together: what tokens forbid costs no request', async () => {
    const { ask, clock, admission } = room({ limits: { rpm: 600, tpm: 60_000 } })
    ask({ maxOutput: 30_000 })
    const waiting = ask({ fairnessKey: 'b', maxOutput: 30_000 })
    const level = (): number => admission.snapshot().domains[0]?.admitted.requests ?? -1
    assert.equal(level(), 1)
    clock.advance(5000)
    await settled()
    assert.deepEqual([waiting.state, level()], ['waiting', 1])
    clock.advance(30_000)
    await settled()
    assert.deepEqual([waiting.state, level()], ['in', 2])
  })

  test('smaller calls may pass one that does not fit, but only some of them', async () => {
    const { ask, clock } = room({ limits: { tpm: 600_000 } })
    ask({ maxOutput: 10_000 })
    const large = ask({ fairnessKey: 'large', maxOutput: 100_000 })
    const small = Array.from({ length: 40 }, (_, index) => ask({ fairnessKey: `s${index}`, maxOutput: 500 }))
    for (let tick = 0; tick < 400 && large.state === 'waiting'; tick++) {
      clock.advance(10)
      await settled()
    }
    assert.equal(large.state, 'in')
    assert.equal(small.filter((call) => call.state === 'in').length, 8)
  })

  test('flex and long contexts have limits of their own', () => {
    const { ask, admission } = room({ longContextTokens: 1000, limits: { rpm: 60 } })
    assert.equal(ask().state, 'in')
    assert.equal(ask().state, 'waiting')
    assert.equal(ask({ serviceTier: 'flex' }).state, 'in')
    assert.equal(ask({ bodyBytes: 8000 }).state, 'in')
    assert.equal(ask({ serviceTier: 'priority' }).state, 'waiting')
    assert.deepEqual(
      admission.snapshot().domains.map((domain) => domain.name),
      ['default', 'default (flex)', 'default (long context)'],
    )
  })

  test('a daily limit pauses until the stated time', async () => {
    const { ask, clock, changes, admission } = room()
    const lease = granted(ask())
    const failure = failureFor('rate_limit_daily', {
      retryAfterMs: 7_200_000,
      upstreamMessage:
        'Rate limit reached for m in organization o on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 2h0m0s.',
    })
    lease.learn(429, {})
    lease.rejected(failure)
    lease.settle(null)
    assert.ok(admission.takesBack(failure))
    const again = ask({ attempt: 1 })
    clock.advance(7_199_000)
    await settled()
    assert.equal(again.state, 'waiting')
    clock.advance(2000)
    await settled()
    assert.equal(again.state, 'in')
    assert.ok(
      changes.some(
        (change) =>
          change.kind === 'paused' &&
          / for 2 h, until [\d -]*\d\d:\d\d: the daily limit/.test(change.message),
      ),
    )
  })

  test('headers under the name of minutes that are about a day are told as what they are', () => {
    const { ask, changes } = room()
    const lease = granted(ask())
    lease.learn(429, {
      'x-ratelimit-limit-requests': '200',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '7m12s',
    })
    assert.equal(changes.length, 0, 'nobody can tell yet')
    lease.rejected(
      failureFor('rate_limit_daily', {
        retryAfterMs: 432_000,
        upstreamMessage:
          'Rate limit reached for m in organization o on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.',
      }),
    )
    lease.settle(null)
    assert.deepEqual(
      changes.map((change) => change.message),
      ['The limit of default is 200 requests per day (message).'],
    )
  })

  test('limits that a refusal without figures has told are told in the end', () => {
    const { ask, changes } = room()
    const lease = granted(ask())
    lease.learn(503, limitHeaders(1_000_000, 999_000, 3000))
    lease.settle(null)
    assert.deepEqual(
      changes.map((change) => change.message),
      [
        'The limit of default is 3000 requests per minute (header).',
        'The limit of default is 1000000 tokens per minute (header).',
      ],
    )
  })

  test('slow_down lowers the rate for a minute, then lets it rise', async () => {
    const { ask, clock, changes, admission } = room()
    granted(ask()).learn(200, limitHeaders(6_000_000, 5_999_000, 60_000))
    const calls = Array.from({ length: 4000 }, (_, index) =>
      ask({ fairnessKey: `r${index}`, maxOutput: 1000 }),
    )
    clock.advance(10_000)
    await settled()
    const before = calls.filter((call) => call.state === 'in')
    granted(before.at(-1)!).rejected(failureFor('slow_down', { retryAfterMs: 0 }))
    assert.ok(changes.some((change) => change.kind === 'slow_down'))
    const sent = before.length
    clock.advance(10_000)
    await settled()
    const after = calls.filter((call) => call.state === 'in').length - sent
    assert.ok(after < 0.9 * sent, `${sent} in ten seconds, then ${after}`)
    assert.equal(admission.snapshot().domains[0]?.slowDown, true)
  })
})

describe('an empty account', () => {
  async function emptied(options: Partial<AdmissionOptions> = {}) {
    const made = room({ limits: { rpm: 6000 }, ...options })
    const lease = granted(made.ask())
    const failure = failureFor('quota', {
      code: 'credit_balance_exhausted',
      message: 'OpenAI says: no credit.',
    })
    lease.learn(429, {})
    lease.rejected(failure)
    lease.settle(null)
    return { ...made, failure }
  }

  test('parked calls are held, the oldest one probes, and a success brings the rest back step by step', async () => {
    const { ask, clock, changes, admission, failure } = await emptied()
    assert.ok(admission.takesBack(failure))
    const oldest = ask({ fairnessKey: 'old', attempt: 1, arrived: -1000 })
    const others = Array.from({ length: 200 }, (_, index) =>
      ask({ fairnessKey: `r${index}`, continuation: true }),
    )
    clock.advance(29_000)
    await settled()
    assert.ok([oldest, ...others].every((call) => call.state === 'waiting'))
    clock.advance(5000)
    await settled()
    assert.equal(oldest.state, 'in')
    assert.ok(others.every((call) => call.state === 'waiting'))
    granted(oldest).learn(200, {})
    assert.equal(admission.snapshot().circuits.quota.state, 'open')
    granted(oldest).settle(usageOf(100, 10))
    clock.advance(9000)
    await settled()
    // A tenth of 100 per second.
    const first = others.filter((call) => call.state === 'in').length
    assert.ok(first >= 80 && first <= 100, `${first} in nine seconds`)
    clock.advance(60_000)
    await settled()
    assert.ok(others.every((call) => call.state === 'in'))
    assert.equal(admission.snapshot().circuits.quota.state, 'closed')
    assert.deepEqual(
      changes.filter((change) => change.kind === 'quota_circuit').map((change) => change.state),
      ['open', 'half_open', 'closed'],
    )
    assert.match(changes.find((change) => change.state === 'open')?.message ?? '', /OpenAI says: no credit\./)
    const recovering = changes.find((change) => change.state === 'half_open')?.message ?? ''
    assert.match(recovering, /^A probe was let in after 34 s \(1 refused call\)/)
  })

  test('probes become rarer, up to a quarter of an hour, and resume probes now', async () => {
    const { ask, clock, admission, failure } = await emptied()
    let call = ask({ attempt: 1 })
    const waits: number[] = []
    for (let probe = 0; probe < 8; probe++) {
      const from = clock.now()
      while (call.state === 'waiting') {
        clock.advance(1000)
        await settled()
      }
      waits.push(Math.round((clock.now() - from) / 1000))
      granted(call).rejected(failure)
      granted(call).settle(null)
      call = ask({ attempt: 2 })
    }
    assert.deepEqual(waits, [32, 63, 126, 252, 504, 945, 945, 945])
    assert.equal(call.state, 'waiting')
    assert.equal(admission.resume(), true)
    await settled()
    assert.equal(call.state, 'in')
    assert.equal(admission.snapshot().circuits.quota.wasted, 9)
  })

  test('failing policy: everyone hears the original words at once, and one call probes', async () => {
    const { ask, clock, admission, failure } = await emptied({ onQuota: 'fail' })
    assert.equal(admission.takesBack(failure), false)
    const refused = ask()
    assert.equal(refused.failure?.code, 'credit_balance_exhausted')
    assert.equal(refused.failure?.upstreamStatus, 429)
    assert.match(refused.failure?.message ?? '', /^Not sent, .*OpenAI says: no credit\./)
    clock.advance(40_000)
    const probe = ask()
    assert.equal(probe.state, 'in')
    assert.equal(ask().state, 'refused')
    granted(probe).settle(usageOf(1, 1))
    assert.equal(ask().state, 'in')
  })

  test('those who wait when a failing circuit opens are refused in the same tick', async () => {
    const { ask } = room({ maxConcurrent: 1, onQuota: 'fail' })
    const lease = granted(ask())
    const waiting = ask()
    lease.rejected(failureFor('quota'))
    await settled()
    assert.equal(waiting.failure?.reason, 'quota')
  })

  test('a probe whose caller leaves is followed by another', async () => {
    const { ask, clock } = await emptied()
    const first = ask({ fairnessKey: 'a', attempt: 1 })
    const second = ask({ fairnessKey: 'b' })
    clock.advance(40_000)
    await settled()
    granted(first).settle('estimate')
    await settled()
    assert.equal(second.state, 'in')
  })

  test('calls sent before the recovery that still fail do not open it again', async () => {
    const { ask, clock, admission } = room({ limits: { rpm: 6000 } })
    const early = granted(ask())
    const lease = granted(ask({ fairnessKey: 'b' }))
    lease.rejected(failureFor('quota'))
    lease.settle(null)
    const probe = ask({ attempt: 1 })
    clock.advance(40_000)
    await settled()
    granted(probe).settle(usageOf(1, 1))
    early.rejected(failureFor('quota'))
    assert.equal(admission.snapshot().circuits.quota.state, 'half_open')
  })
})

test('a rejected key refuses at once and is tried again after three minutes', async () => {
  const { ask, clock, admission, changes } = room()
  granted(ask()).rejected(failureFor('authentication', { upstreamStatus: 401 }))
  assert.equal(ask().failure?.reason, 'authentication')
  clock.advance(170_000)
  assert.equal(ask().state, 'refused')
  clock.advance(30_000)
  const probe = ask()
  assert.equal(probe.state, 'in')
  granted(probe).settle(usageOf(1, 1))
  clock.advance(60_000)
  assert.equal(admission.snapshot().circuits.key.state, 'closed')
  assert.deepEqual(
    changes.filter((change) => change.kind === 'key_circuit').map((change) => change.state),
    ['open', 'half_open', 'closed'],
  )
})

test('16,000 waiters: everyone is let in once, in the order of their key, with one timer in all', async () => {
  const clock = new ManualClock()
  let timers = 0
  const counting = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after(ms: number, callback: () => void) {
      timers += 1
      const cancel = clock.after(ms, () => {
        timers -= 1
        callback()
      })
      return () => {
        timers -= 1
        cancel()
      }
    },
  }
  const admission = createAdmission({ clock: counting, random: () => 0.5, limits: { rpm: 480_000 } })
  const order: number[] = []
  for (let call = 0; call < 16_000; call++) {
    const ask = askFor({ fairnessKey: `r${call % 1000}`, deadline: 3_600_000, arrived: call / 16_000 })
    const answer = admission.admit(ask, signalFor())
    if (answer instanceof Promise) void answer.then(() => order.push(call))
    else order.push(call)
  }
  assert.ok(timers <= 1, `${timers} timers`)
  assert.ok(admission.snapshot().waiting > 7900)
  for (let tick = 0; tick < 110; tick++) {
    clock.advance(10)
    await settled()
  }
  assert.equal(order.length, 16_000)
  assert.equal(admission.snapshot().waiting, 0)
  const last = new Map<number, number>()
  for (const call of order) {
    assert.ok((last.get(call % 1000) ?? -1) < call)
    last.set(call % 1000, call)
  }
})
