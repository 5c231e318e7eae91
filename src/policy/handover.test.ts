import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManualClock } from '../lib/clock.ts'
import { createAdmission, type Admission, type AdmissionOptions } from './admission.ts'
import type { Handover } from './handover.ts'
import {
  askFor,
  failureFor,
  isLease,
  limitHeaders,
  settled,
  signalFor,
  usageOf,
  watch,
} from './room/test-calls.ts'

function room(clock: ManualClock, options: Partial<AdmissionOptions> = {}): Admission {
  return createAdmission({ clock, random: () => 0.5, ...options })
}

/** What the limits know of a room whose latest answer said so. */
function told(clock: ManualClock, limit: number, remaining: number): Handover {
  const first = room(clock)
  const lease = first.admit(askFor(), signalFor())
  assert.ok(isLease(lease))
  lease.learn(200, limitHeaders(limit, remaining))
  lease.settle(usageOf(10, 10))
  // As it comes over a socket.
  return JSON.parse(JSON.stringify(first.handover())) as Handover
}

function letIn(admission: Admission, count: number): number {
  const answers = Array.from({ length: count }, () =>
    watch(admission.admit(askFor({ bodyBytes: 4000 }), signalFor())),
  )
  return answers.filter(({ state }) => state === 'in').length
}

describe('a room that takes over', () => {
  test('knows the limits and what is left of them', () => {
    const clock = new ManualClock()
    const next = room(clock)
    next.takeOver(told(clock, 60_000, 12_345))
    const tokens = next.snapshot().domains[0]?.limits.find(({ name }) => name === 'tokens')
    assert.deepEqual(
      [tokens?.limit, tokens?.source, Math.round(tokens?.level ?? 0)],
      [60_000, 'header', 12_345],
    )
  })

  test('begins without a burst', () => {
    const clock = new ManualClock()
    const fresh = room(clock, { limits: { tpm: 600_000 } })
    const next = room(clock)
    next.takeOver(told(clock, 600_000, 500_000))
    assert.ok(letIn(fresh, 20) >= 9, 'ten thousand tokens are a second’s worth')
    assert.equal(letIn(next, 20), 0)
    clock.advance(1000)
    assert.ok(next.snapshot().inFlight >= 9)
  })

  test('believes its own headers more than what it was told', () => {
    const clock = new ManualClock()
    const next = room(clock)
    const lease = next.admit(askFor(), signalFor())
    assert.ok(isLease(lease))
    lease.learn(200, limitHeaders(90_000, 80_000))
    next.takeOver(told(clock, 60_000, 100))
    assert.equal(next.snapshot().domains[0]?.limits.find(({ name }) => name === 'tokens')?.limit, 90_000)
  })

  test('holds calls while the account is empty', async () => {
    const clock = new ManualClock()
    const first = room(clock)
    const lease = first.admit(askFor(), signalFor())
    assert.ok(isLease(lease))
    lease.rejected(failureFor('quota'))
    const next = room(clock)
    next.takeOver(first.handover())
    assert.equal(next.snapshot().circuits.quota.state, 'open')
    const call = watch(next.admit(askFor(), signalFor()))
    await settled()
    assert.equal(call.state, 'waiting')
    clock.advance(40_000)
    await settled()
    assert.equal(call.state, 'in', 'it is the probe')
  })

  test('keeps to the rate that was found out of a host that tells none', () => {
    const clock = new ManualClock()
    const first = room(clock)
    for (let sent = 0; sent < 200; sent++) {
      const answer = first.admit(askFor({ arrived: clock.now() }), signalFor())
      if (isLease(answer)) {
        if (sent % 20 === 19) answer.rejected(failureFor('rate_limit'))
        else answer.learn(200, {})
        answer.settle(null)
      }
      clock.advance(500)
    }
    const { discovered } = first.handover().domains[0] ?? {}
    assert.ok(discovered)
    const next = room(clock)
    next.takeOver(first.handover())
    const found = next.snapshot().domains[0]?.discovered?.perMinute ?? 0
    assert.ok(found > 0 && found < 1.1 * discovered, `${found} instead of ${discovered}`)
  })

  test('waits while it is told to', () => {
    const clock = new ManualClock()
    const first = room(clock)
    const lease = first.admit(askFor(), signalFor())
    assert.ok(isLease(lease))
    lease.rejected(failureFor('slow_down', { retryAfterMs: 5000 }))
    const next = room(clock)
    next.takeOver(first.handover())
    assert.equal(letIn(next, 1), 0)
  })
})

describe('a call that is adopted', () => {
  test('is in flight, and is not charged again', () => {
    const clock = new ManualClock()
    const next = room(clock)
    const leases = Array.from({ length: 5 }, () => next.adopt(askFor({ bodyBytes: 40_000 })))
    next.takeOver(told(clock, 600_000, 500_000))
    assert.equal(next.snapshot().inFlight, 5)
    const level = (): number =>
      Math.round(next.snapshot().domains[0]?.limits.find(({ name }) => name === 'tokens')?.level ?? 0)
    assert.equal(level(), 500_000)
    for (const lease of leases) lease.settle(null)
    assert.deepEqual([next.snapshot().inFlight, level()], [0, 500_000])
  })

  test('tells nothing of the limits by headers that are older than what is known', () => {
    const clock = new ManualClock()
    const next = room(clock)
    const lease = next.adopt(askFor())
    next.takeOver(told(clock, 600_000, 5000))
    lease.learn(200, limitHeaders(600_000, 590_000))
    const level = next.snapshot().domains[0]?.limits.find(({ name }) => name === 'tokens')?.level
    assert.ok(Math.abs((level ?? 0) - 5000) < 1)
  })

  test('opens the circuit as any other does', () => {
    const next = room(new ManualClock())
    next.adopt(askFor()).rejected(failureFor('quota'))
    assert.equal(next.snapshot().circuits.quota.state, 'open')
  })
})

describe('servers that share a room', () => {
  const judge = { name: 'judge', mostInFlight: 2 }

  test('each keeps its own cap, and holds up nobody else', async () => {
    const next = room(new ManualClock(), { server: 'policy', limits: { rpm: 1e9, tpm: 1e12 } })
    const ask = (server?: typeof judge) =>
      watch(next.admit(askFor({ fairnessKey: server ? 'j' : 'p', ...(server && { server }) }), signalFor()))
    const judged = Array.from({ length: 5 }, () => ask(judge))
    const own = Array.from({ length: 5 }, () => ask())
    await settled()
    const states = (calls: typeof own) => calls.map(({ state }) => state).join(' ')
    assert.equal(states(judged), 'in in waiting waiting waiting')
    assert.equal(states(own), 'in in in in in')
    judged[0]?.lease?.settle(usageOf(1, 1))
    await settled()
    assert.equal(states(judged), 'in in in waiting waiting')
  })

  test('the processes of one server share its cap', async () => {
    const next = room(new ManualClock(), {
      server: 'judge',
      maxConcurrent: 2,
      limits: { rpm: 1e9, tpm: 1e12 },
    })
    const calls = Array.from({ length: 6 }, (_, index) =>
      watch(next.admit(askFor(index % 2 === 0 ? {} : { server: judge }), signalFor())),
    )
    await settled()
    assert.equal(calls.filter(({ state }) => state === 'in').length, 2)
    for (let ended = 0; ended < 6; ended++) {
      calls.find(({ lease, state }) => lease && state === 'in')?.lease?.settle(usageOf(1, 1))
      const done = calls.findIndex(({ state }) => state === 'in')
      if (done >= 0) calls.splice(done, 1)
      await settled()
    }
    assert.equal(calls.length, 0)
  })

  test('a place that nobody took is not forgotten', async () => {
    const next = room(new ManualClock(), { server: 'policy', limits: { rpm: 1e9, tpm: 1e12 } })
    const signals = Array.from({ length: 4 }, () => signalFor())
    const calls = signals.map((signal, index) =>
      watch(next.admit(askFor({ fairnessKey: `rollout-${index}`, server: judge }), signal)),
    )
    await settled()
    // The one that would be next leaves in the moment a place becomes free.
    signals[2]?.onAbort?.()
    calls[0]?.lease?.settle(usageOf(1, 1))
    await settled()
    assert.equal(calls[3]?.state, 'in')
  })
})
