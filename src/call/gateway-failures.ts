import type { StreamError } from '../dialect/dialect.ts'
import type { Failure, FailureReason, RetryClass } from './outcome.ts'

function gatewayFailure(reason: FailureReason, retry: RetryClass, message: string): Failure {
  return {
    source: 'gateway',
    reason,
    retry,
    message,
    upstreamStatus: null,
    type: 'server_error',
    code: reason,
    param: null,
    upstreamMessage: null,
    retryAfterMs: null,
  }
}

/** Spotter is ending; the call was given up with everything it had going. */
export function shuttingDown(): Failure {
  return gatewayFailure(
    'shutting_down',
    'safe',
    'Spotter is shutting down and gave this call up; send it again to the server that takes its place.',
  )
}

/** The caller was promised a stream (a keep-alive comment had to be sent), and the upstream answered with one object. */
export function notAStream(): Failure {
  return gatewayFailure(
    'protocol',
    'never',
    'The upstream answered a streaming request with a single object after the stream had begun; send "stream": false to this host.',
  )
}

/** The caller's body is larger than this server takes. */
export function bodyTooLarge(limit: number): Failure {
  const megabytes = Math.floor(limit / 1_048_576)
  return {
    ...gatewayFailure(
      'body_too_large',
      'never',
      `The request body is larger than ${megabytes} MiB, the most that server.max_body_megabytes allows.`,
    ),
    source: 'client',
    type: 'invalid_request_error',
  }
}

/** The answer holds something that the caller's dialect has no form for; another would hold it too. */
export function untranslatable({ message }: StreamError): Failure {
  return gatewayFailure(
    'protocol',
    'never',
    message ?? "The upstream's answer cannot be put into the form the caller speaks.",
  )
}

/** A defect of Spotter itself: the call is answered all the same. */
export function internalError(error: unknown): Failure {
  const name = error instanceof Error ? error.name : 'an unknown value'
  return gatewayFailure(
    'internal_error',
    'never',
    `Spotter itself failed on this call (${name}); the server log has the details, and this is a bug worth reporting.`,
  )
}
