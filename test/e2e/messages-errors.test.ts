import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { saying, startAnthropic } from './anthropic.ts'
import { ask } from './http-call.ts'
import { thrown } from '../support/thrown.ts'
import { impatient } from './started.ts'

interface Expectation {
  readonly fault: string
  readonly type: string
  /** Status with `error_status: gym` and `openai`. */
  readonly gym: number
  readonly openai: number
  readonly says: RegExp
}

const expectations: readonly Expectation[] = [
  failure('invalid-key', 'authentication_error', 401, 401, /key/),
  failure('unsupported-country', 'permission_error', 403, 403, /country/),
  failure('model-not-found', 'not_found_error', 404, 404, /model/),
  failure('unknown-parameter', 'invalid_request_error', 400, 400, /parameter/),
  failure('context-length', 'invalid_request_error', 400, 400, /^prompt is too long: /),
  failure('quota', 'billing_error', 402, 402, /quota|credit/),
  failure('rate-limit-requests-day', 'rate_limit_error', 424, 429, /limit/),
  failure('request-too-large', 'invalid_request_error', 413, 400, /limit/),
  failure('server-error', 'api_error', 424, 500, /failed on its own side/),
  failure('overloaded', 'overloaded_error', 424, 529, /overloaded/),
  failure('html-ok', 'api_error', 424, 500, /not an API answer/),
  failure('failed', 'api_error', 424, 500, /failed on its own side/),
  failure('reset-before-headers', 'api_error', 424, 500, /connection/),
]

function failure(fault: string, type: string, gym: number, openai: number, says: RegExp): Expectation {
  return { fault, type, gym, openai, says }
}

interface ErrorBody {
  readonly request_id: string
  readonly error: { readonly message: string; readonly details: Readonly<Record<string, unknown>> }
}

for (const mode of ['gym', 'openai'] as const) {
  for (const stream of [false, true]) {
    test(
      `every failure is Anthropic’s with error_status ${mode}, ${stream ? 'streamed' : 'whole'}`,
      { concurrency: 8 },
      async (t) => {
        const settings = { ...impatient, 'retry.rate_limit_patience_seconds': 1, error_status: mode }
        const fails = async (t: TestContext, expected: Expectation): Promise<void> => {
          const { anthropic, stage } = await startAnthropic(t, { settings })
          stage.simulator.control.fault(expected.fault, { times: 10, wait: 5000 })
          const error = await apiErrorOf(anthropic.messages.create({ ...saying('x'), stream }))
          assert.deepEqual([error.type, error.status], [expected.type, expected[mode]])
          const { request_id, error: inner } = error.error as ErrorBody
          assert.match(inner.message, expected.says)
          assert.equal(request_id, error.requestID)
          assert.ok(Number(inner.details['attempts']) > 0)
          assert.equal(error.headers?.get('x-should-retry'), 'false')
        }
        await Promise.all(expectations.map((one) => t.test(one.fault, (t) => fails(t, one))))
      },
    )
  }
}

test('a failure right behind the preamble is met again, and never seen', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, { settings: impatient })
  for (const fault of ['stream-error', 'stream-overloaded', 'failed', 'stream-error-only']) {
    stage.simulator.control.fault(fault)
    const message = await anthropic.messages.stream(saying('[[say:well]]')).finalMessage()
    assert.deepEqual(
      message.content.map((block) => block.type === 'text' && block.text),
      ['well'],
      fault,
    )
  }
  assert.equal(stage.simulator.control.status.requests, 8)
})

test('a rate limit is waited for, and never seen', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, { settings: impatient })
  for (const stream of [false, true]) {
    stage.simulator.control.fault('rate-limit', { times: 2, wait: 20 })
    const params = saying('[[say:patience]]')
    const message = stream
      ? await anthropic.messages.stream(params).finalMessage()
      : await anthropic.messages.create(params)
    assert.equal(message.stop_reason, 'end_turn')
  }
  assert.deepEqual(stage.simulator.control.status.byStatus, { 200: 2, 429: 4 })
})

test('a cap on spending is a billing error, told without asking the upstream', async (t) => {
  const { anthropic, stage } = await startAnthropic(t, { settings: { 'budget.run_calls': 1 } })
  await anthropic.messages.create(saying('the only one'))
  const error = await apiErrorOf(anthropic.messages.stream(saying('one more')).finalMessage())
  assert.deepEqual([error.type, error.status], ['billing_error', 402])
  assert.match(error.message, /run_calls/)
  assert.equal(stage.simulator.control.status.requests, 1)
})

test('a body that is too large is refused in Anthropic’s words', async (t) => {
  const { stage } = await startAnthropic(t, { settings: { 'server.max_body_megabytes': 1 } })
  const body = JSON.stringify(saying('x'.repeat(1_100_000)))
  const { status, json } = await ask(`${stage.url}/v1/messages`, { body })
  const { type, error } = json() as { type: string; error: { type: string; message: string } }
  assert.deepEqual([status, type, error.type], [413, 'error', 'request_too_large'])
  assert.match(error.message, /server\.max_body_megabytes/)
})

async function apiErrorOf(promise: Promise<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  const error = await thrown(promise)
  assert.ok(error instanceof Anthropic.APIError, String(error))
  return error
}
