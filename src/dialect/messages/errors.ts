import type { Failure, FailureReason } from '../../call/outcome.ts'
import type { FailureFacts, Problem, RequestRefusal } from '../dialect.ts'
import { sse } from './answer/block-writer.ts'
import type { JsonObject } from '../json-value.ts'

/** Anthropic's error types, each with the status it comes with: https://platform.claude.com/docs/en/api/errors */
const STATUS = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
} as const

export type MessagesErrorType = keyof typeof STATUS

const TYPE: Readonly<Record<FailureReason, MessagesErrorType>> = {
  invalid_json: 'invalid_request_error',
  invalid_request: 'invalid_request_error',
  body_too_large: 'request_too_large',
  budget_exceeded: 'billing_error',
  patience_exhausted: 'rate_limit_error',
  shutting_down: 'overloaded_error',
  internal_error: 'api_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  model_not_found: 'not_found_error',
  not_found: 'not_found_error',
  bad_request: 'invalid_request_error',
  context_overflow: 'invalid_request_error',
  content_policy: 'invalid_request_error',
  request_larger_than_limit: 'invalid_request_error',
  quota: 'billing_error',
  rate_limit_requests: 'rate_limit_error',
  rate_limit_tokens: 'rate_limit_error',
  rate_limit_daily: 'rate_limit_error',
  rate_limit: 'rate_limit_error',
  slow_down: 'rate_limit_error',
  flex_unavailable: 'rate_limit_error',
  overloaded: 'overloaded_error',
  server_error: 'api_error',
  response_failed: 'api_error',
  timeout: 'timeout_error',
  network_name: 'api_error',
  network_refused: 'api_error',
  network_reset: 'api_error',
  network_tls: 'api_error',
  protocol: 'api_error',
  stream_truncated: 'api_error',
}

/** What Claude Code looks for in an error before it shortens its conversation and tries again. */
const TOO_LONG = 'prompt is too long'

/** Anthropic's type for a failure. */
export function messagesErrorType(failure: Failure): MessagesErrorType {
  return TYPE[failure.reason]
}

/** The status Anthropic's API would answer a failure with. */
export function messagesStatus(failure: Failure): number {
  return STATUS[messagesErrorType(failure)]
}

/** The body of an error answer: Anthropic's shape, with how hard it was tried under `details`. */
export function messagesErrorBody(failure: Failure, facts: FailureFacts): JsonObject {
  const isTooLong = failure.reason === 'context_overflow' && !failure.message.toLowerCase().includes(TOO_LONG)
  return errorObject(
    messagesErrorType(failure),
    isTooLong ? `${TOO_LONG}: ${failure.message}` : failure.message,
    {
      reason: failure.reason,
      code: failure.code,
      upstream_status: failure.upstreamStatus,
      upstream_request_id: facts.requestId,
      attempts: facts.attempts,
      waited_ms: facts.waitedMs,
    },
    facts.callId,
  )
}

/** The event that ends a stream which has already begun. */
export function messagesErrorEvents(failure: Failure, facts: FailureFacts): string {
  return sse('error', messagesErrorBody(failure, facts))
}

/** The answer to a request that was not sent because of its problems. Details that a client acts on take the place of the list. */
export function messagesRefusal(problems: readonly Problem[], callId: string): RequestRefusal {
  const message = problems.map(sentence).join(' ')
  const details = problems.find(({ ctx }) => ctx?.['error_code'] !== undefined)?.ctx ?? { problems }
  return {
    status: STATUS.invalid_request_error,
    message,
    body: errorObject('invalid_request_error', message, details, callId),
  }
}

function sentence({ type, loc, msg, ctx }: Problem): string {
  const where = loc.slice(1).join('.')
  if (type === 'json_invalid')
    return `The body is not valid JSON: ${String(ctx?.['error'] ?? msg)} (byte ${where}).`
  if (where !== '') return `${where}: ${msg}`
  if (type === 'missing') return 'The body is empty: send a JSON object.'
  return type === 'dict_type' ? 'The body must be a JSON object.' : msg
}

function errorObject(
  type: MessagesErrorType,
  message: string,
  details: Readonly<JsonObject>,
  callId: string,
): JsonObject {
  return { type: 'error', error: { type, message, details }, request_id: callId }
}
