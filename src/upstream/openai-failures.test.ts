import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { classifyAnswer, classifyStreamError } from './openai-failures.ts'
import { answer, openAi } from '../../test/support/classified-answer.ts'

/** status | code | type | message | reason | retry | wait in ms */
const httpErrors = `
400 | - | - | We could not parse the JSON body of your request. | bad_request | never | -
400 | unknown_parameter | - | Unknown parameter: 'x'. | bad_request | never | -
400 | missing_required_parameter | - | Missing required parameter: 'x'. | bad_request | never | -
400 | unsupported_parameter | - | Unsupported parameter: 'max_tokens' is not supported with this model. | bad_request | never | -
400 | unsupported_value | - | Unsupported value: 'f' does not support 'v' with this model. | bad_request | never | -
400 | - | - | Function tools with reasoning_effort are not supported for m in /v1/chat/completions. | bad_request | never | -
400 | invalid_function_parameters | - | Invalid schema for function 'n': per day | bad_request | never | -
400 | context_length_exceeded | - | This model's maximum context length is 10 tokens. | context_overflow | never | -
400 | - | - | This model's maximum context length is 10 tokens. | context_overflow | never | -
400 | - | - | Your input exceeds the context window of this model. | context_overflow | never | -
400 | invalid_prompt | - | Invalid prompt: your prompt was flagged. | content_policy | never | -
400 | previous_response_not_found | - | Previous response with id 'resp_x' not found. | bad_request | never | -
400 | - | - | No tool output found for function call call_x. | bad_request | never | -
404 | - | - | Item with id 'rs_x' not found. | not_found | never | -
400 | invalid_encrypted_content | - | The encrypted content for item rs_x could not be verified. | bad_request | never | -
400 | - | - | Invalid service_tier argument: not allowed for this project. | bad_request | never | -
401 | invalid_api_key | - | Incorrect API key provided: sk-proj-****MxYA. | authentication | never | -
401 | - | - | You didn't provide an API key. | authentication | never | -
401 | mismatched_organization | - | OpenAI-Organization header should match organization for API key | authentication | never | -
401 | mismatched_project | - | OpenAI-Project header should match | authentication | never | -
401 | - | - | You have insufficient permissions for this operation. Missing scopes: api.responses.write. | permission | never | -
401 | missing_scope | - | x | permission | never | -
401 | ip_not_authorized | - | x | permission | never | -
403 | unsupported_country_region_territory | request_forbidden | Country, region, or territory not supported | permission | never | -
403 | model_not_found | - | Project proj_x does not have access to model m | model_not_found | never | -
404 | model_not_found | - | The model x does not exist or you do not have access to it. | model_not_found | never | -
402 | - | - | x | quota | never | -
408 | - | - | x | timeout | safe | -
409 | - | - | x | server_error | safe | -
422 | - | - | x | bad_request | never | -
429 | rate_limit_exceeded | tokens | Rate limit reached for m in organization org-x on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000. Please try again in 6m0s. | rate_limit_tokens | paced | 360000
429 | rate_limit_exceeded | requests | Rate limit reached for m on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. | rate_limit_requests | paced | 20000
429 | rate_limit_exceeded | requests | Rate limit reached for m on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s. | rate_limit_daily | paced | 432000
429 | rate_limit_exceeded | tokens | Rate limit reached for m on tokens per day (TPD): Limit 200, Used 200, Requested 1. | rate_limit_daily | paced | -
429 | rate_limit_exceeded | tokens | x | rate_limit_tokens | paced | -
429 | rate_limit_exceeded | requests | x | rate_limit_requests | paced | -
429 | rate_limit_exceeded | - | Rate limit reached on images per min (IPM): Limit 5, Used 5, Requested 1. | rate_limit | paced | -
429 | rate_limit_exceeded | tokens | Request too large for m in organization org-x on tokens per min (TPM): Limit 30000, Requested 60000. | request_larger_than_limit | never | -
429 | rate_limit_exceeded | tokens | Rate limit reached: Limit 30,000, Used 0, Requested 60,000. Please try again in 1m. | request_larger_than_limit | never | 60000
429 | token_limit_exceeded | - | Enqueued token limit reached for m. Limit: 2,000,000 enqueued tokens. | rate_limit_tokens | paced | -
429 | slow_down | rate_limit_error | x | slow_down | paced | -
503 | slow_down | - | x | slow_down | paced | -
429 | resource_unavailable | - | Resource Unavailable | flex_unavailable | paced | -
429 | - | rate_limit_error | Resource Unavailable | flex_unavailable | paced | -
429 | - | insufficient_quota | x | quota | never | -
429 | - | - | You exceeded your current quota, please check your plan and billing details. | quota | never | -
500 | server_error | server_error | x | server_error | safe | -
500 | - | server_error | x | server_error | safe | -
503 | server_is_overloaded | service_unavailable_error | x | overloaded | safe | -
503 | - | - | x | overloaded | safe | -
`

const fieldsOf = (line: string) => line.split(' | ').map((field) => (field === '-' ? null : field))
const rows = (table: string) => table.trim().split('\n').map(fieldsOf)

describe('every error of OpenAI over HTTP', () => {
  for (const [status, code, type, message, reason, retry, wait] of rows(httpErrors)) {
    test(`${status} ${code ?? ''} ${type ?? ''} ${message?.slice(0, 60)}`, () => {
      const error = { message, type: type ?? 'invalid_request_error', param: null, code }
      const failure = answer(Number(status), { error })
      assert.deepEqual([failure.reason, failure.retry], [reason, retry])
      assert.equal(failure.retryAfterMs, wait === null ? null : Number(wait))
      assert.deepEqual(
        [failure.source, failure.upstreamStatus, failure.code],
        ['upstream', Number(status), code],
      )
    })
  }
})

test('every quota code, of 2026 and before, is never retried, whatever its type and words', () => {
  const codes = [
    'credit_balance_exhausted',
    'organization_spend_limit_exceeded',
    'project_spend_limit_exceeded',
    'organization_usage_limit_exceeded',
    'insufficient_quota',
    'billing_hard_limit_reached',
    'billing_not_active',
    'access_terminated',
    'quota_exceeded',
  ]
  for (const code of codes) {
    for (const type of ['insufficient_quota', 'invalid_request_error', 'rate_limit_error', 'requests']) {
      const failure = answer(429, { error: { message: 'Please try again in 20s.', type, param: null, code } })
      assert.deepEqual([failure.reason, failure.retry], ['quota', 'never'], code)
      assert.ok(failure.message.includes(code), failure.message)
    }
  }
})

test('headers tell the wait where the body does not', () => {
  const headers = { 'x-ratelimit-reset-tokens': '4s', 'x-ratelimit-remaining-tokens': '0' }
  const limited = { error: { code: 'rate_limit_exceeded', type: 'tokens' } }
  assert.equal(answer(429, limited, { headers }).retryAfterMs, 4000)
  const slow = { error: { code: 'slow_down', type: 'rate_limit_error' } }
  assert.equal(
    answer(429, slow, { headers }).retryAfterMs,
    null,
    'the ramp has nothing to do with the bucket',
  )
  assert.equal(answer(503, null, { headers: { 'retry-after': '7' } }).retryAfterMs, 7000)
})

/** code | message | reason | retry */
const streamErrors = `
insufficient_quota | - | quota | never
organization_spend_limit_exceeded | - | quota | never
context_length_exceeded | - | context_overflow | never
rate_limit_exceeded | on tokens per min (TPM): Limit 9, Used 9, Requested 1. Please try again in 20ms. | rate_limit_tokens | paced
server_error | - | server_error | unsafe
server_is_overloaded | - | overloaded | safe
slow_down | - | slow_down | paced
invalid_prompt | - | content_policy | never
bio_policy | - | content_policy | never
misalignment_policy_violation | - | content_policy | never
image_content_policy_violation | - | content_policy | never
failed_to_download_image | - | bad_request | never
data_residency_mismatch | - | permission | never
vector_store_timeout | - | timeout | unsafe
something_new | x | response_failed | unsafe
- | - | response_failed | unsafe
`

describe('every error inside a stream', () => {
  for (const [code, message, reason, retry] of rows(streamErrors)) {
    test(String(code), () => {
      const error = { type: null, code: code ?? null, param: null, message: message ?? null }
      const failure = classifyStreamError(error, { baseUrl: openAi, model: 'gpt-4.1' })
      assert.deepEqual([failure.reason, failure.retry, failure.upstreamStatus], [reason, retry, 200])
    })
  }

  test('the wait in the message is read', () => {
    const error = {
      type: null,
      code: 'rate_limit_exceeded',
      param: null,
      message: 'Please try again in 20ms.',
    }
    assert.equal(classifyStreamError(error, { baseUrl: openAi }).retryAfterMs, 20)
  })
})

test('an address that is none does not stop the classification', () => {
  const failure = classifyAnswer({ status: 500, body: null, headers: {}, wall: 0, baseUrl: 'not an address' })
  assert.equal(failure.reason, 'server_error')
})
