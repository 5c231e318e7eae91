import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { retryAfterMs, waitInMessage } from './retry-after.ts'

const wall = Date.UTC(2026, 10, 22, 12, 0, 0)

test('retry-after-ms comes first, then retry-after, then the message, then the reset header', () => {
  const headers = { 'retry-after-ms': '150.2', 'retry-after': '3', 'x-ratelimit-reset-requests': '9s' }
  const message = 'Please try again in 7s.'
  assert.equal(retryAfterMs(headers, message, wall, 'requests'), 151)
  assert.equal(retryAfterMs({ ...headers, 'retry-after-ms': 'soon' }, message, wall, 'requests'), 3000)
  assert.equal(retryAfterMs({ 'x-ratelimit-reset-requests': '9s' }, message, wall, 'requests'), 7000)
  assert.equal(retryAfterMs({ 'x-ratelimit-reset-requests': '9s' }, null, wall, 'requests'), 9000)
  assert.equal(retryAfterMs({ 'x-ratelimit-reset-requests': '9s' }, null, wall, null), null)
  assert.equal(retryAfterMs({}, null, wall, 'unknown'), null)
})

const after = (value: string) => retryAfterMs({ 'retry-after': value }, null, wall, null)

test('retry-after: seconds, a fraction, a date, a date gone by, and nonsense', () => {
  assert.equal(after('20'), 20_000)
  assert.equal(after('0'), 0)
  assert.equal(after('0.25'), 250)
  assert.equal(after('61'), 61_000)
  assert.equal(after('Sun, 22 Nov 2026 12:00:30 GMT'), 30_000)
  assert.equal(after('Sun, 22 Nov 2026 11:00:30 GMT'), 0)
  for (const nonsense of ['', '-5', 'later', '5 bananas', '1e400', 'NaN'])
    assert.equal(after(nonsense), null, nonsense)
})

test('the message says it in many ways', () => {
  const said: [string, number | null][] = [
    ['Rate limit reached. Please try again in 135ms. Visit https://x', 135],
    ['Please try again in 7m12s.', 432_000],
    ['Please try again in 4.994s. Visit', 4994],
    ['Please try again in 20 seconds.', 20_000],
    ['Please retry in 26.62s.', 26_620],
    ['Please retry after 30 seconds.', 30_000],
    ['try again in 1 minute', 60_000],
    ['Try again in 1h2m3s', 3_723_000],
    ['Please try again later.', null],
    ['retry 3 times', null],
  ]
  for (const [message, ms] of said) assert.equal(waitInMessage(message), ms, message)
})

test('of the reset headers, the one of the exhausted dimension counts', () => {
  const headers = {
    'x-ratelimit-reset-requests': '120ms',
    'x-ratelimit-remaining-requests': '499',
    'x-ratelimit-reset-tokens': '4s',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-project-tokens': '9s',
    'x-ratelimit-remaining-project-tokens': '12',
  }
  assert.equal(retryAfterMs(headers, null, wall, 'unknown'), 4000)
  assert.equal(retryAfterMs(headers, null, wall, 'tokens'), 4000)
  assert.equal(retryAfterMs(headers, null, wall, 'requests'), 120)
})

const reset = (value: string) => retryAfterMs({ 'x-ratelimit-reset-requests': value }, null, wall, 'requests')

test('other hosts send seconds, or a moment since the epoch', () => {
  assert.equal(reset('12.5'), 12_500)
  assert.equal(reset(String(wall / 1000 + 5)), 5000)
  assert.equal(reset(String(wall + 5)), 5)
})

test('property: any header gives a finite whole number of milliseconds or null', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
      const headers = { 'retry-after-ms': a, 'retry-after': b, 'x-ratelimit-reset-tokens': c }
      const ms = retryAfterMs(headers, c, wall, 'tokens')
      assert.ok(ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= 31 * 86_400_000))
    }),
  )
})
