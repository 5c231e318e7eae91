import type { Failure, FailureReason } from '../call/outcome.ts'

/** A call that Spotter itself does not let go, and nothing was sent for it. */
export function gatewayRefusal(
  reason: FailureReason,
  message: string,
  retryAfterMs: number | null = null,
): Failure {
  return {
    source: 'gateway',
    reason,
    retry: 'never',
    message,
    upstreamStatus: null,
    type: null,
    code: reason,
    param: null,
    upstreamMessage: null,
    retryAfterMs,
  }
}
