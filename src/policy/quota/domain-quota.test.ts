import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ChargeEstimate } from '../cost/estimate.ts'
import { DomainQuota, type Charge, type ConfiguredLimits } from './domain-quota.ts'
import { noSample } from './rate-limit-headers.ts'
import { readRateLimitMessage } from './rate-limit-message.ts'

const free = { requests: Infinity, tokens: Infinity }
const size = { bodyBytes: 400, maxOutput: 100, choices: 1 }

function quotaFor(limits: ConfiguredLimits): DomainQuota {
  return new DomainQuota({
    limits,
    estimate: new ChargeEstimate(),
    random: () => 0.5,
    now: 0,
    onLimit: () => {},
  })
}

function sample(limit: number, remaining: number) {
  return { ...noSample, tokens: { limit, remaining, resetMs: null } }
}

describe('all limits together', () => {
  test('never more than the limits allow, in any stretch of time, for any traffic', () => {
    const traffic = fc.array(
      fc.record({ gapMs: fc.integer({ min: 0, max: 3000 }), tokens: fc.integer({ min: 1, max: 30_000 }) }),
      { minLength: 30, maxLength: 150, size: 'max' },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 6000 }),
        fc.integer({ min: 60_000, max: 6_000_000 }),
        traffic,
        (rpm, tpm, calls) => {
          const quota = quotaFor({ rpm, tpm })
          const sent: { at: number; tokens: number }[] = []
          let now = 0
          calls.forEach(({ gapMs, tokens }, sequence) => {
            now += gapMs
            quota.advance(now, 1, free)
            for (let wait = quota.waitMs(tokens); wait > 0; wait = quota.waitMs(tokens)) {
              now += Math.max(1, wait)
              quota.advance(now, 1, free)
            }
            quota.take(sequence, tokens, size, now)
            sent.push({ at: now, tokens })
          })
          const largest = Math.max(...calls.map((call) => call.tokens))
          for (let from = 0; from < sent.length; from += 7) {
            let tokens = 0
            sent.slice(from).forEach((call, index) => {
              tokens += call.tokens
              const seconds = (call.at - sent[from]!.at) / 1000 + 1
              assert.ok(
                tokens <= (tpm / 60) * seconds + largest + 1e-6,
                `${tokens} tokens in ${seconds} s of ${tpm}`,
              )
              assert.ok(
                index + 1 <= (rpm / 60) * seconds + 1 + 1e-6,
                `${index + 1} requests in ${seconds} s of ${rpm}`,
              )
            })
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('what one limit forbids is taken from none, and what is refunded is as if it had not been', () => {
    const quota = quotaFor({ rpm: 600, tpm: 6000 })
    quota.advance(0, 1, free)
    const charge = quota.take(0, 5000, size, 0)
    const buckets = (): number[] => quota.dimensions.map((dimension) => dimension.bucket)
    const before = buckets()
    assert.ok(quota.waitMs(5000) > 0)
    assert.deepEqual(buckets(), before)
    quota.refund(charge)
    assert.deepEqual(buckets(), [10, 100, 0, 0, 0])
  })

  test('a configured limit below the account’s own holds, one above it does not', () => {
    for (const [tpm, expected] of [
      [60_000, 60_000],
      [9_000_000, 600_000],
    ] as const) {
      const quota = quotaFor({ tpm })
      quota.advance(0, 1, free)
      quota.observe(quota.take(0, 1, size, 0), sample(600_000, 30_000), true, 10)
      quota.advance(10, 1, free)
      assert.ok(Math.abs(quota.effectiveRates().tokens * 60_000 - expected) < 0.05 * expected)
    }
  })

  test('an answer that comes late does not bring back a limit that has changed', () => {
    const quota = quotaFor({})
    quota.advance(0, 1, free)
    const early = quota.take(0, 1, size, 0)
    const later = quota.take(1, 1, size, 0)
    quota.observe(later, sample(300_000, 200_000), true, 100)
    quota.observe(early, sample(600_000, 500_000), true, 60_000)
    assert.equal(quota.dimension('tokens').limit, 300_000)
  })

  test('requests that are charged less than foreseen are sent faster than the limit’s rate', () => {
    const quota = quotaFor({})
    quota.pace.boost = 0
    let remaining = 300_000
    for (let sequence = 0; sequence < 400; sequence++) {
      const now = sequence * 100
      quota.advance(now, 1, free)
      const charge = quota.take(sequence, 1000, size, now)
      // Refilled at 10 per ms, half of what is foreseen is taken.
      remaining = Math.min(600_000, remaining + 1000 - 500)
      quota.observe(charge, sample(600_000, remaining), true, now)
      quota.pace.boost = 0
    }
    const rate = quota.effectiveRates().tokens
    assert.ok(rate > 14, `${rate} per ms`)
  })

  test('a share of the limits is never exceeded', () => {
    const quota = quotaFor({ share: 0.5 })
    quota.advance(0, 1, free)
    quota.observe(quota.take(0, 1, size, 0), sample(600_000, 600_000), true, 10)
    for (let now = 100; now < 60_000; now += 100) {
      quota.advance(now, 1, free)
      quota.observe(quota.take(now, 1, size, now), sample(600_000, 600_000), true, now)
      assert.ok(quota.effectiveRates().tokens <= 300_000 / 60_000)
    }
  })
})

describe('a refusal', () => {
  function refused(remaining: number, requested: number) {
    const quota = quotaFor({})
    quota.advance(0, 1, free)
    quota.observe(quota.take(0, 100, size, 0), sample(60_000, 59_000), true, 10)
    quota.advance(100, 1, free)
    const charge: Charge = quota.take(1, requested, size, 100)
    const figures = readRateLimitMessage(
      `Rate limit reached for m in organization o on tokens per min (TPM): Limit 60000, Used ${60_000 - remaining}, Requested ${requested}. Please try again in 135ms.`,
    )
    const verdict = quota.refused(charge, 1, {
      sample: noSample,
      figures,
      retryAfterMs: 1000,
      reason: 'rate_limit_tokens',
    })
    return { quota, verdict }
  }

  test('with room in the minute is about seconds', () => {
    const { quota, verdict } = refused(58_000, 900)
    assert.deepEqual(verdict, { cause: 'quantum', pauseMs: 135 })
    assert.equal(quota.pace.quantum, true)
  })

  test('without room in the minute corrects the level', () => {
    const { quota, verdict } = refused(500, 900)
    assert.deepEqual(verdict, { cause: 'level', pauseMs: 135 })
    assert.ok(Math.abs(quota.dimension('tokens').server.level - 500) < 1)
  })

  test('without any figures is unknown', () => {
    const quota = quotaFor({})
    quota.advance(0, 1, free)
    const refusal = { sample: noSample, figures: null, retryAfterMs: null, reason: 'rate_limit' as const }
    assert.equal(quota.refused(quota.take(0, 100, size, 0), 0, refusal).cause, 'unknown')
  })
})
