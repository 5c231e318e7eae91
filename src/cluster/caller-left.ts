import type { Failure } from '../call/outcome.ts'

/** Never seen by anybody: whoever would read it has left. */
export const callerLeft: Failure = {
  source: 'gateway',
  reason: 'patience_exhausted',
  retry: 'never',
  message: 'The caller left while its call waited.',
  upstreamStatus: null,
  type: null,
  code: null,
  param: null,
  upstreamMessage: null,
  retryAfterMs: null,
}
