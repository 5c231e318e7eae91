import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FailureReason, RetryClass } from '../../call/outcome.ts'
import type { FailedAnswer } from '../openai-failures.ts'
import { answer } from '../../../test/support/classified-answer.ts'

const baseUrl = 'https://integrate.api.nvidia.com/v1'

const elsewhere = (status: number, body: unknown, more: Partial<FailedAnswer> = {}) =>
  answer(status, body, { baseUrl, ...more })

interface Case {
  readonly name: string
  readonly status: number
  readonly body: unknown
  readonly reason: FailureReason
  readonly retry: RetryClass
  readonly said: string | null
}

const degraded = "Function id 'f-1': DEGRADED function cannot be invoked"
const noModel = 'The model `x` does not exist.'
const google = 'You exceeded your current quota. Please retry in 26.62s.'
const missing = { type: 'missing', loc: ['body', 'input'], msg: 'Field required' }

const cases: Case[] = [
  {
    name: 'NVIDIA: a 429 with a title only',
    status: 429,
    body: { status: 429, title: 'Too Many Requests' },
    reason: 'rate_limit',
    retry: 'paced',
    said: 'Too Many Requests',
  },
  {
    name: 'NVIDIA: a function that does not run right now, told as a 400',
    status: 400,
    body: { status: 400, title: 'Bad Request', detail: degraded },
    reason: 'overloaded',
    retry: 'safe',
    said: `Bad Request: ${degraded}`,
  },
  {
    name: 'vLLM: a flat error',
    status: 400,
    body: { object: 'error', message: 'bad', type: 'BadRequestError', param: null, code: 400 },
    reason: 'bad_request',
    retry: 'never',
    said: 'bad',
  },
  {
    name: 'vLLM: an unknown model',
    status: 404,
    body: { error: { message: noModel, type: 'NotFoundError', code: 404 } },
    reason: 'model_not_found',
    retry: 'safe',
    said: noModel,
  },
  {
    name: 'FastAPI: a text',
    status: 404,
    body: { detail: 'Not Found' },
    reason: 'not_found',
    retry: 'safe',
    said: 'Not Found',
  },
  {
    name: 'FastAPI: a list of problems',
    status: 422,
    body: { detail: [missing] },
    reason: 'bad_request',
    retry: 'never',
    said: 'body.input: Field required',
  },
  {
    name: 'Google: a list, and "quota" for a minute limit',
    status: 429,
    body: [{ error: { code: 429, message: google, status: 'RESOURCE_EXHAUSTED' } }],
    reason: 'rate_limit',
    retry: 'paced',
    said: google,
  },
  {
    name: 'Anthropic: overloaded',
    status: 529,
    body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    reason: 'overloaded',
    retry: 'safe',
    said: 'Overloaded',
  },
  {
    name: 'a page under 502',
    status: 502,
    body: '<html><head><title>502 Bad Gateway</title></head></html>',
    reason: 'server_error',
    retry: 'unsafe',
    said: '502 Bad Gateway',
  },
  {
    name: 'a page under 504',
    status: 504,
    body: '<!DOCTYPE html><html><title>Gateway time-out</title>',
    reason: 'timeout',
    retry: 'unsafe',
    said: 'Gateway time-out',
  },
  { name: 'nothing under 503', status: 503, body: '', reason: 'overloaded', retry: 'safe', said: null },
  { name: 'no body under 500', status: 500, body: null, reason: 'server_error', retry: 'safe', said: null },
  {
    name: 'a text under 500',
    status: 500,
    body: 'upstream connect error',
    reason: 'server_error',
    retry: 'safe',
    said: 'upstream connect error',
  },
  {
    name: 'a page under 200',
    status: 200,
    body: '<html><title>Log in</title></html>',
    reason: 'protocol',
    retry: 'never',
    said: 'Log in',
  },
  {
    name: 'half an answer under 200',
    status: 200,
    body: '{"id":"resp_1","out',
    reason: 'protocol',
    retry: 'unsafe',
    said: '{"id":"resp_1","out',
  },
  { name: 'nothing under 200', status: 200, body: '', reason: 'protocol', retry: 'unsafe', said: null },
  {
    name: 'an error under 200',
    status: 200,
    body: { error: { message: 'boom', type: 'x', code: null } },
    reason: 'response_failed',
    retry: 'unsafe',
    said: 'boom',
  },
  { name: 'a redirect', status: 301, body: '', reason: 'protocol', retry: 'never', said: null },
  { name: 'not implemented', status: 501, body: '', reason: 'server_error', retry: 'never', said: null },
  { name: 'a body too large', status: 413, body: 'x', reason: 'bad_request', retry: 'never', said: 'x' },
  {
    name: 'an error that is a string',
    status: 400,
    body: { error: 'nope' },
    reason: 'bad_request',
    retry: 'never',
    said: 'nope',
  },
]

describe('hosts that speak other dialects of failure', () => {
  for (const { name, status, body, reason, retry, said } of cases) {
    test(name, () => {
      const failure = elsewhere(status, body)
      assert.deepEqual([failure.reason, failure.retry, failure.upstreamMessage], [reason, retry, said])
    })
  }
})

test('a 404 may pass elsewhere, never at OpenAI, never with a known code, and as told', () => {
  const code = { error: { message: 'x', code: 'model_not_found' } }
  assert.equal(elsewhere(404, 'x').retry, 'safe')
  assert.equal(elsewhere(404, code).retry, 'never')
  assert.equal(answer(404, 'x').retry, 'never')
  assert.equal(answer(404, 'x', { baseUrl: 'https://eu.api.openai.com/v1' }).retry, 'never')
  assert.equal(elsewhere(404, 'x', { retryNotFound: false }).retry, 'never')
  assert.equal(answer(404, code, { retryNotFound: true }).retry, 'safe')
})

test('x-should-retry: false ends faults, but no rate limit', () => {
  const headers = { 'x-should-retry': 'false' }
  assert.equal(answer(500, null, { headers }).retry, 'never')
  assert.equal(answer(429, null, { headers }).retry, 'paced')
})

test('a rate limit of hours is a daily one', () => {
  assert.equal(elsewhere(429, null, { headers: { 'retry-after': '7200' } }).reason, 'rate_limit_daily')
})

test('the sentence names the host, and no credentials of its address', () => {
  const failure = answer(500, null, { baseUrl: 'https://me:hunter2@proxy.example.com/v1' })
  assert.match(failure.message, /The host proxy\.example\.com/)
  assert.doesNotMatch(failure.message, /hunter2|me:/)
})
