import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { noSample, readRateLimitHeaders } from './rate-limit-headers.ts'
import { readRateLimitMessage } from './rate-limit-message.ts'

describe('rate-limit headers', () => {
  test('all three families', () => {
    const sample = readRateLimitHeaders({
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '500000',
      'x-ratelimit-remaining-tokens': '413809',
      'x-ratelimit-reset-tokens': '6m0s',
      'x-ratelimit-limit-project-tokens': '60000',
      'x-ratelimit-remaining-project-tokens': '57000',
      'x-ratelimit-reset-project-tokens': '3s',
    })
    assert.deepEqual(sample, {
      requests: { limit: 500, remaining: 499, resetMs: 120 },
      tokens: { limit: 500_000, remaining: 413_809, resetMs: 360_000 },
      projectTokens: { limit: 60_000, remaining: 57_000, resetMs: 3000 },
    })
  })

  test('what says nothing is taken for nothing', () => {
    for (const limit of ['-1', '0', '', 'unlimited', '1e6', '12345678901234567890']) {
      const headers = { 'x-ratelimit-limit-tokens': limit, 'x-ratelimit-remaining-tokens': '5' }
      assert.equal(readRateLimitHeaders(headers), noSample, limit)
    }
    assert.equal(readRateLimitHeaders({}), noSample)
  })

  test('a remaining that cannot be is unknown, an empty one is not', () => {
    const remaining = (value: string | undefined): number | null | undefined =>
      readRateLimitHeaders({ 'x-ratelimit-limit-tokens': '100', 'x-ratelimit-remaining-tokens': value })
        .tokens?.remaining
    assert.equal(remaining('0'), 0)
    assert.equal(remaining('-1'), null)
    assert.equal(remaining('101'), null)
    assert.equal(remaining(undefined), null)
  })

  test('resets: Go durations, plain seconds, no points in time', () => {
    const reset = (value: string): number | null | undefined =>
      readRateLimitHeaders({ 'x-ratelimit-limit-tokens': '100', 'x-ratelimit-reset-tokens': value }).tokens
        ?.resetMs
    assert.equal(reset('1h2m3s'), 3_723_000)
    assert.equal(reset('59.5'), 59_500)
    assert.equal(reset('1795341296'), null)
    assert.equal(reset('soon'), null)
  })

  test('whatever the headers hold, figures are finite and sane', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.array(fc.string()),
    )
    const names = ['limit', 'remaining', 'reset'].flatMap((what) =>
      ['requests', 'tokens', 'project-tokens'].map((of) => `x-ratelimit-${what}-${of}`),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
        for (const family of Object.values(readRateLimitHeaders(headers))) {
          if (family === null) continue
          assert.ok(Number.isFinite(family.limit) && family.limit > 0)
          assert.ok(family.remaining === null || (family.remaining >= 0 && family.remaining <= family.limit))
          assert.ok(family.resetMs === null || (Number.isFinite(family.resetMs) && family.resetMs >= 0))
        }
      }),
    )
  })
})

describe('rate-limit messages', () => {
  test("OpenAI's figures", () => {
    const message =
      'Rate limit reached for gpt-5.6-sol in organization org-x on tokens per min (TPM): Limit 500000, Used 413809, Requested 127811. Please try again in 4.994s. Visit https://platform.openai.com/account/rate-limits to learn more.'
    assert.deepEqual(readRateLimitMessage(message), {
      dimension: 'tokens',
      limit: 500_000,
      used: 413_809,
      requested: 127_811,
      waitMs: 4994,
    })
  })

  test('per day, with separators, and of a project', () => {
    const daily =
      'Limit reached on requests per day (RPD): Limit 10,000, Used 10,000, Requested 1. Please try again in 8.64s.'
    assert.deepEqual(readRateLimitMessage(daily), {
      dimension: 'requestsDay',
      limit: 10_000,
      used: 10_000,
      requested: 1,
      waitMs: 8640,
    })
    const project =
      'Rate limit reached for m in project proj_1 organization o on tokens per min (TPM): Limit 60000, Used 1, Requested 2.'
    assert.equal(readRateLimitMessage(project)?.dimension, 'projectTokens')
  })

  test('a request larger than the limit tells no use', () => {
    const message =
      'Request too large for m in organization o on tokens per min (TPM): Limit 30000, Requested 41234. The input or output tokens must be reduced in order to run successfully.'
    assert.deepEqual(readRateLimitMessage(message), {
      dimension: 'tokens',
      limit: 30_000,
      used: null,
      requested: 41_234,
      waitMs: null,
    })
  })

  test('other sentences are none', () => {
    assert.equal(readRateLimitMessage(null), null)
    assert.equal(readRateLimitMessage('Too Many Requests'), null)
    assert.equal(readRateLimitMessage('on tokens per min (TPM): Limit 0, Used 0, Requested 3'), null)
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(readRateLimitMessage(text), null)
      }),
    )
  })
})
