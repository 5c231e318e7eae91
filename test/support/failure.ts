import type { Failure } from '../../src/call/outcome.ts'

/** A failure of the upstream, for tests that care for some of its fields. */
export function failureWith(fields: Partial<Failure>): Failure {
  return {
    source: 'upstream',
    reason: 'bad_request',
    retry: 'never',
    message: 'Something failed.',
    upstreamStatus: 400,
    type: null,
    code: null,
    param: null,
    upstreamMessage: null,
    retryAfterMs: null,
    ...fields,
  }
}
