import assert from 'node:assert/strict'
import { STATUS_CODES } from 'node:http'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { failureWith } from '../../test/support/failure.ts'
import type { Failure, FailureReason, FailureSource } from './outcome.ts'
import { answerStatus, reasonPhrase } from './status.ts'

function failureOf(
  reason: FailureReason,
  upstreamStatus: number | null,
  source: FailureSource = 'upstream',
): Failure {
  return failureWith({ source, reason, upstreamStatus })
}

const table: [FailureReason, number | null, number, number][] = [
  // reason, upstream, gym, openai
  ['bad_request', 400, 400, 400],
  ['context_overflow', 400, 400, 400],
  ['authentication', 401, 401, 401],
  ['permission', 401, 401, 401],
  ['permission', 403, 403, 403],
  ['model_not_found', 404, 404, 404],
  ['model_not_found', 403, 403, 403],
  ['bad_request', 413, 413, 413],
  ['bad_request', 415, 415, 415],
  ['bad_request', 422, 422, 422],
  ['bad_request', 405, 400, 405],
  ['permission', 451, 403, 451],
  ['quota', 429, 402, 429],
  ['quota', 402, 402, 402],
  ['quota', 200, 402, 429],
  ['quota', 403, 402, 403],
  ['rate_limit', 429, 424, 429],
  ['request_larger_than_limit', 429, 413, 429],
  ['overloaded', 503, 424, 503],
  ['overloaded', 400, 424, 400],
  ['server_error', 500, 424, 500],
  ['server_error', 502, 424, 502],
  ['timeout', 504, 424, 504],
  ['timeout', null, 424, 504],
  ['network_name', null, 424, 502],
  ['network_refused', null, 424, 502],
  ['network_reset', null, 424, 502],
  ['network_tls', null, 424, 502],
  ['protocol', 200, 424, 502],
  ['stream_truncated', 200, 424, 502],
  ['response_failed', 200, 424, 502],
  ['authentication', 200, 401, 401],
  ['content_policy', 200, 400, 400],
]

for (const [reason, upstream, gym, openai] of table) {
  test(`${reason}, upstream ${upstream ?? 'silent'}`, () => {
    assert.deepEqual(
      [answerStatus(failureOf(reason, upstream), 'gym'), answerStatus(failureOf(reason, upstream), 'openai')],
      [gym, openai],
    )
  })
}

const own = (reason: FailureReason, source: FailureSource, upstream: number | null = null) => [
  answerStatus(failureOf(reason, upstream, source), 'gym'),
  answerStatus(failureOf(reason, upstream, source), 'openai'),
]

test('what Spotter itself refuses', () => {
  assert.deepEqual(own('invalid_json', 'client'), [422, 422])
  assert.deepEqual(own('body_too_large', 'client'), [413, 413])
  assert.deepEqual(own('budget_exceeded', 'gateway'), [402, 402])
  assert.deepEqual(own('patience_exhausted', 'gateway', 429), [424, 429])
  assert.deepEqual(own('patience_exhausted', 'gateway', 503), [424, 503])
  assert.deepEqual(own('patience_exhausted', 'gateway', 200), [424, 429])
  assert.deepEqual(own('shutting_down', 'gateway'), [424, 503])
  assert.deepEqual(own('internal_error', 'gateway'), [500, 500])
})

const reasons: FailureReason[] = [
  'invalid_json',
  'invalid_request',
  'body_too_large',
  'budget_exceeded',
  'patience_exhausted',
  'shutting_down',
  'internal_error',
  'authentication',
  'permission',
  'model_not_found',
  'not_found',
  'bad_request',
  'context_overflow',
  'content_policy',
  'request_larger_than_limit',
  'quota',
  'rate_limit_requests',
  'rate_limit_tokens',
  'rate_limit_daily',
  'rate_limit',
  'slow_down',
  'flex_unavailable',
  'overloaded',
  'server_error',
  'response_failed',
  'timeout',
  'network_name',
  'network_refused',
  'network_reset',
  'network_tls',
  'protocol',
  'stream_truncated',
]

test('property: gym never answers what a Gym client retries for ever, and both always answer an error', () => {
  const forEver = new Set([429, 502, 503, 504, 520])
  const upstream = fc.option(fc.integer({ min: 100, max: 999 }))
  const source = fc.constantFrom<FailureSource>('client', 'gateway', 'upstream')
  fc.assert(
    fc.property(fc.constantFrom(...reasons), upstream, source, (reason, status, from) => {
      const gym = answerStatus(failureOf(reason, status, from), 'gym')
      assert.ok(!forEver.has(gym))
      assert.ok(STATUS_CODES[gym] !== undefined && gym >= 400)
      const openai = answerStatus(failureOf(reason, status, from), 'openai')
      assert.ok(openai >= 400 && openai <= 599)
    }),
    { numRuns: 500 },
  )
})

const say = (message: string) => reasonPhrase({ ...failureOf('quota', 429), message })

test('the reason phrase is the sentence, cut at a word', () => {
  assert.equal(say('OpenAI rejected the key.'), 'OpenAI rejected the key.')
  assert.equal(say('It said: “no”… – ‘why’?'), 'It said: "no"... - \'why\'?')
  assert.equal(say('a\r\nSet-Cookie: x'), 'a Set-Cookie: x')
  assert.equal(say('Für 你好 Zoë'), 'Für Zoë')
  const quoting = `The account has no quota left (code): "${'You "really" have none. '.repeat(6)}" Add credit.`
  assert.equal(say(quoting), 'The account has no quota left (code): Add credit.')
  const long = say('word '.repeat(80))
  assert.ok(long.length <= 160 && long.endsWith('word...'))
})

test('property: whatever the message, the phrase may stand in a status line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (message) => {
      const phrase = reasonPhrase({ ...failureOf('quota', 429), message })
      assert.match(phrase, /^[\x20-\x7e\xa0-\xff]*$/)
      assert.ok(phrase.length <= 160)
    }),
  )
})
