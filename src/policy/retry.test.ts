import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { failureWith } from '../../test/support/failure.ts'
import type { Failure, RetryClass } from '../call/outcome.ts'
import { decideRetry, defaultRetryPolicy as policy, type RetryQuestion } from './retry.ts'

function failureOf(retry: RetryClass, more: Partial<Failure> = {}): Failure {
  const paced = retry === 'paced'
  return failureWith({
    reason: paced ? 'rate_limit' : 'server_error',
    retry,
    upstreamStatus: paced ? 429 : 500,
    ...more,
  })
}

function question(failure: Failure, more: Partial<RetryQuestion> = {}): RetryQuestion {
  return {
    failure,
    attempts: 1,
    sinceFirstFailureMs: 0,
    pacedAttempts: 1,
    pacedWaitMs: 0,
    committed: false,
    random: () => 0.5,
    ...more,
  }
}

const waitOf = (asked: RetryQuestion, by = policy) => {
  const decision = decideRetry(by, asked)
  return 'waitMs' in decision ? decision.waitMs : null
}

const classes: RetryClass[] = ['never', 'paced', 'safe', 'unsafe']

test('never means never, and nothing is retried once the caller has seen a byte', () => {
  assert.equal(waitOf(question(failureOf('never'))), null)
  for (const retry of classes)
    assert.equal(waitOf(question(failureOf(retry), { committed: true })), null, retry)
})

describe('faults', () => {
  test('three attempts in all', () => {
    assert.notEqual(waitOf(question(failureOf('safe'), { attempts: 1 })), null)
    assert.notEqual(waitOf(question(failureOf('safe'), { attempts: 2 })), null)
    assert.equal(waitOf(question(failureOf('safe'), { attempts: 3 })), null)
  })

  test('the failure that ends it is the last one, as it was', () => {
    const failure = failureOf('safe')
    assert.deepEqual(decideRetry(policy, question(failure, { attempts: 3 })), { giveUp: failure })
  })

  test('ambiguous delivery follows the setting', () => {
    assert.notEqual(waitOf(question(failureOf('unsafe'))), null)
    assert.equal(waitOf(question(failureOf('unsafe')), { ...policy, ambiguous: false }), null)
    assert.notEqual(waitOf(question(failureOf('safe')), { ...policy, ambiguous: false }), null)
  })

  test('waits at least as long as the answer asks', () => {
    assert.equal(waitOf(question(failureOf('safe', { retryAfterMs: 20_000 }))), 20_000)
  })

  test('the deadline runs from the first failure', () => {
    assert.notEqual(waitOf(question(failureOf('safe'), { sinceFirstFailureMs: 100_000 })), null)
    assert.equal(waitOf(question(failureOf('safe'), { sinceFirstFailureMs: 120_000 })), null)
    assert.equal(waitOf(question(failureOf('safe', { retryAfterMs: 130_000 }))), null)
  })

  test('an overloaded server is given more time', () => {
    const overloaded = failureOf('safe', { reason: 'overloaded' })
    assert.ok((waitOf(question(overloaded)) ?? 0) > (waitOf(question(failureOf('safe'))) ?? 0))
  })

  test('property: full jitter, from nothing to a bound that doubles', () => {
    const patient = { ...policy, maxAttempts: 50 }
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 49 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, random) => {
          const wait = waitOf(question(failureOf('safe'), { attempts, random: () => random }), patient)
          const bound = Math.min(8000, 500 * 2 ** (attempts - 1))
          assert.equal(wait, Math.round(bound * random))
        },
      ),
    )
  })
})

describe('rate limits', () => {
  test('wait exactly as long as the answer says, without jitter and without counting as an attempt', () => {
    const refused = failureOf('paced', { retryAfterMs: 135 })
    assert.equal(waitOf(question(refused, { attempts: 99, random: () => assert.fail('no jitter') })), 135)
  })

  test('grow from 1 s to 30 s when it says nothing', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((pacedAttempts) =>
      waitOf(question(failureOf('paced'), { pacedAttempts })),
    )
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  })

  test('a host that says "at once" for ever is asked ever less often', () => {
    const refused = failureOf('paced', { retryAfterMs: 0 })
    const waits = [1, 2, 3, 4, 20].map((pacedAttempts) => waitOf(question(refused, { pacedAttempts })))
    assert.deepEqual(waits, [0, 125, 250, 500, 30_000])
  })

  test('patience ends it, and the failure keeps what the upstream said', () => {
    const refused = failureOf('paced', {
      retryAfterMs: 60_000,
      code: 'rate_limit_exceeded',
      upstreamMessage: `Rate limit reached. ${'x'.repeat(500)}`,
    })
    const decision = decideRetry(policy, question(refused, { pacedWaitMs: 1_790_000 }))
    assert.ok('giveUp' in decision)
    const { giveUp } = decision
    assert.equal(giveUp.reason, 'patience_exhausted')
    assert.equal(giveUp.source, 'gateway')
    assert.equal(giveUp.retry, 'never')
    assert.equal(giveUp.upstreamStatus, 429)
    assert.equal(giveUp.code, 'rate_limit_exceeded')
    assert.match(
      giveUp.message,
      /After 30 min.*60 s more.*retry\.rate_limit_patience_seconds \(now 1800\).*"Rate limit reached/,
    )
    assert.ok(giveUp.message.length <= 300)
  })

  test('a wait that cannot end in time is not begun', () => {
    const tomorrow = failureOf('paced', { reason: 'rate_limit_daily', retryAfterMs: 20 * 3_600_000 })
    const decision = decideRetry(policy, question(tomorrow))
    assert.ok('giveUp' in decision)
    assert.match(
      decision.giveUp.message,
      /^The rate limit asks for 20 h, longer than this call may wait: raise retry\.rate_limit_patience_seconds/,
    )
  })
})

test('property: every decision is bounded, and a call ends after finitely many', () => {
  const failure = fc
    .record({
      retry: fc.constantFrom(...classes),
      retryAfterMs: fc.option(fc.nat({ max: 3_600_000 })),
      reason: fc.constantFrom('rate_limit', 'overloaded', 'server_error', 'timeout'),
    })
    .map(({ retry, ...more }) => failureOf(retry, more as Partial<Failure>))
  fc.assert(
    fc.property(
      fc.infiniteStream(failure),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        let [attempts, pacedAttempts, pacedWaitMs, since, tries] = [0, 0, 0, 0, 0]
        for (const one of failures) {
          if (one.retry === 'paced') pacedAttempts++
          else attempts++
          const decision = decideRetry(policy, {
            failure: one,
            attempts,
            sinceFirstFailureMs: attempts === 0 ? 0 : since,
            pacedAttempts,
            pacedWaitMs,
            committed: false,
            random: () => random,
          })
          if ('giveUp' in decision) break
          assert.ok(decision.waitMs >= (one.retryAfterMs ?? 0))
          if (one.retry === 'paced') pacedWaitMs += decision.waitMs
          else since += decision.waitMs
          tries++
          assert.ok(pacedWaitMs <= policy.patienceMs && since <= policy.faultDeadlineMs && tries < 500)
        }
      },
    ),
  )
})
