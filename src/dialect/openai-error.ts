import type { Failure, FailureReason } from '../call/outcome.ts'
import { nested, parsed, stringValue, type Envelope } from '../lib/json-envelope.ts'
import type { FailureFacts, StreamError } from './dialect.ts'

/** A comment, which every reader of event streams passes over. */
export const COMMENT = ': keep-alive\n\n'

/** `error.type` where the upstream gave none: what OpenAI calls such a thing, as far as it has a word for it. */
function typeOf(failure: Failure): string {
  if (failure.type !== null) return failure.type
  if (failure.source === 'client' || clientMustChange.has(failure.reason)) return 'invalid_request_error'
  if (failure.reason === 'quota') return 'insufficient_quota'
  return failure.source === 'gateway' ? 'gateway_error' : 'upstream_error'
}

const clientMustChange: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'authentication',
  'permission',
  'model_not_found',
  'not_found',
  'bad_request',
  'context_overflow',
  'content_policy',
  'request_larger_than_limit',
])

/**
 * OpenAI's error object with the facts of the failure beside its four fields. The message stands first: callers that print the
 * beginning of a body show it.
 */
export function openAiError(failure: Failure, facts: FailureFacts): Record<string, unknown> {
  return {
    message: failure.message,
    type: typeOf(failure),
    param: failure.param,
    code: failure.code ?? failure.reason,
    category: failure.reason,
    retryable: failure.retry !== 'never',
    upstream_status: failure.upstreamStatus,
    upstream_message: failure.upstreamMessage,
    attempts: facts.attempts,
    waited_ms: facts.waitedMs,
    request_id: facts.requestId,
  }
}

/** Reads an `error` object out of an answer or an event; null where there is none. */
export function readStreamError(envelope: Envelope): StreamError | null {
  const error = nested(envelope, 'error')
  if (error) return fieldsOf(error)
  // Some hosts say it in a word.
  const word = parsed(envelope, 'error')
  return typeof word === 'string' ? { type: null, code: null, param: null, message: word } : null
}

/** The four fields of an error object. */
export function fieldsOf(error: Envelope): StreamError {
  return {
    type: stringValue(error, 'type') ?? null,
    code: stringValue(error, 'code') ?? null,
    param: stringValue(error, 'param') ?? null,
    message: stringValue(error, 'message') ?? null,
  }
}
