import type { Call } from '../../call/call.ts'
import type { Failure } from '../../call/outcome.ts'

/** Gym's words for what went wrong, and the HTTP status that goes with it. */
export interface Verdict {
  /** The upstream's where it answered, else what the caller saw; null where nobody answered. */
  readonly statusCode: number | null
  /** Null for a success. */
  readonly category: string | null
}

/** Gym's word, since 0.7, for an answer that stands for a prompt that was too long. */
export const CONTEXT_OVERFLOW = 'context_length_exceeded'

/**
 * Classifies a settled call as Gym's capture does. A failed call carries the upstream's status although the caller saw
 * another one. `begun` says that events of an answer had been passed on.
 */
export function verdictOf(call: Call, begun: boolean): Verdict {
  const { outcome } = call
  if (!outcome || outcome.kind === 'cancelled')
    return { statusCode: call.status || null, category: 'cancelled' }
  if (outcome.kind === 'completed') {
    const incomplete = call.streaming && outcome.facts.status === 'incomplete'
    return { statusCode: call.status, category: incomplete ? 'incomplete' : null }
  }
  // Failed for the ledger; whoever reads the rollout finds the answer that its agent got.
  const { failure } = outcome
  if (call.standIn) {
    const overflow = failure.reason === 'context_overflow'
    return { statusCode: call.status, category: overflow ? CONTEXT_OVERFLOW : 'incomplete' }
  }
  if (begun) {
    const reported = failure.upstreamStatus !== null || failure.reason === 'response_failed'
    return { statusCode: call.status, category: reported ? 'upstream_error' : 'stream_truncated' }
  }
  // The caller got a stream that holds nothing but our error event.
  if (call.told?.asEvents) return { statusCode: call.status, category: 'upstream_error' }
  if (failure.upstreamStatus === null) return withoutAnswer(call, failure)
  if (failure.upstreamStatus >= 400) return byStatus(failure.upstreamStatus)
  const category = failure.reason === 'protocol' ? 'capture_parse_error' : 'upstream_error'
  return { statusCode: failure.upstreamStatus, category }
}

function withoutAnswer(call: Call, failure: Failure): Verdict {
  if (failure.reason === 'timeout') return { statusCode: null, category: 'timeout' }
  if (failure.reason.startsWith('network_')) return { statusCode: null, category: 'connection' }
  if (failure.source === 'upstream') return { statusCode: null, category: 'exception' }
  // Spotter refused it, or the caller's request was wrong.
  return call.status >= 400
    ? byStatus(call.status)
    : { statusCode: call.status || null, category: 'exception' }
}

function byStatus(status: number): Verdict {
  return { statusCode: status, category: statusCategory(status) }
}

function statusCategory(status: number): string {
  if (status === 408 || status === 504) return 'timeout'
  if (status === 429) return 'rate_limit'
  if (status === 401 || status === 403) return 'auth'
  if (status === 404) return 'not_found'
  return status < 500 ? 'client_error' : 'upstream_error'
}
