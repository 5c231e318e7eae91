import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import OpenAI, { APIError } from 'openai'
import { thrown } from '../support/thrown.ts'
import { impatient, startClient } from './started.ts'

interface Expectation {
  readonly fault: string
  /** The SDK's class, and the status, with `error_status: gym` and `openai`. */
  readonly gym: readonly [string, number]
  readonly openai: readonly [string, number]
  readonly code: string
}

/** A status that the SDK has no class for is an `APIError`. */
const expectations: readonly Expectation[] = [
  failure('invalid-key', 'invalid_api_key', ['AuthenticationError', 401]),
  failure('missing-scope', 'missing_scope', ['AuthenticationError', 401]),
  failure('unsupported-country', 'unsupported_country_region_territory', ['PermissionDeniedError', 403]),
  failure('model-not-found', 'model_not_found', ['NotFoundError', 404]),
  failure('unknown-parameter', 'unknown_parameter', ['BadRequestError', 400]),
  failure('context-length', 'context_length_exceeded', ['BadRequestError', 400]),
  failure('invalid-prompt', 'invalid_prompt', ['BadRequestError', 400]),
  failure('unprocessable', 'bad_request', ['UnprocessableEntityError', 422]),
  failure('conflict', 'conflict', ['APIError', 424], ['ConflictError', 409]),
  failure('quota', 'insufficient_quota', ['APIError', 402], ['RateLimitError', 429]),
  failure('credit-balance', 'credit_balance_exhausted', ['APIError', 402], ['RateLimitError', 429]),
  failure('request-too-large', 'rate_limit_exceeded', ['APIError', 413], ['RateLimitError', 429]),
  failure('rate-limit-requests-day', 'rate_limit_exceeded', ['APIError', 424], ['RateLimitError', 429]),
  failure('server-error', 'server_error', ['APIError', 424], ['InternalServerError', 500]),
  failure('overloaded', 'server_is_overloaded', ['APIError', 424], ['InternalServerError', 503]),
  failure('bad-gateway', 'server_error', ['APIError', 424], ['InternalServerError', 502]),
  failure('html-ok', 'protocol', ['APIError', 424], ['InternalServerError', 502]),
  failure('failed', 'server_error', ['APIError', 424], ['InternalServerError', 500]),
  failure('reset-before-headers', 'ECONNRESET', ['APIError', 424], ['InternalServerError', 502]),
]

function failure(
  fault: string,
  code: string,
  gym: readonly [string, number],
  openai: readonly [string, number] = gym,
): Expectation {
  return { fault, code, gym, openai }
}

for (const mode of ['gym', 'openai'] as const) {
  for (const stream of [false, true]) {
    test(
      `every failure has its class with error_status ${mode}, ${stream ? 'streamed' : 'whole'}`,
      { concurrency: 8 },
      async (t) => {
        const settings = {
          ...impatient,
          'retry.rate_limit_patience_seconds': 1,
          'agents.context_overflow': 'error',
          error_status: mode,
        }
        const fails = async (t: TestContext, expectation: Expectation): Promise<void> => {
          const { openai, stage } = await startClient(t, { settings })
          stage.simulator.control.fault(expectation.fault, { times: 10, wait: 5000 })
          const error = await thrown(openai.responses.create({ model: 'x', input: 'x', stream }))
          assert.ok(error instanceof APIError)
          assert.deepEqual([error.constructor.name, error.status], expectation[mode])
          assert.equal(error.code, expectation.code)
        }
        await Promise.all(expectations.map((one) => t.test(one.fault, (t) => fails(t, one))))
      },
    )
  }
}

test('a request that cannot be meant is the SDK’s UnprocessableEntityError', async (t) => {
  const { openai, stage } = await startClient(t)
  const error = await thrown(openai.responses.create({ model: 'x', temperature: 'hot' as unknown as number }))
  assert.ok(error instanceof OpenAI.UnprocessableEntityError)
  assert.equal(error.param, 'temperature')
  assert.match(error.message, /"temperature".*"input" is required/)
  assert.equal(stage.simulator.control.status.requests, 0)
})

test('the SDK does not try again what Spotter has tried enough', async (t) => {
  const { stage } = await startClient(t, { settings: { ...impatient, error_status: 'openai' } })
  const patient = new OpenAI({ apiKey: 'unused', baseURL: `${stage.url}/v1`, maxRetries: 5 })
  stage.simulator.control.fault('server-error', { times: 100 })
  await thrown(patient.responses.create({ model: 'x', input: 'x' }))
  assert.equal(stage.simulator.control.status.requests, 3)
})
