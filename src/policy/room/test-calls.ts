import type { Failure, FailureReason, Usage } from '../../call/outcome.ts'
import type { AdmissionSignal, Ask, GateHeaders, Lease } from '../gate.ts'

export function askFor(changes: Partial<Ask> = {}): Ask {
  return {
    fairnessKey: 'rollout-1',
    rollout: null,
    continuation: false,
    maxOutput: 100,
    choices: 1,
    bodyBytes: 400,
    serviceTier: null,
    deadline: Infinity,
    arrived: 0,
    attempt: 0,
    ...changes,
  }
}

export function signalFor(): AdmissionSignal {
  return { aborted: false, onAbort: null }
}

export function failureFor(reason: FailureReason, changes: Partial<Failure> = {}): Failure {
  const paced = reason.startsWith('rate_limit') || reason === 'slow_down' || reason === 'flex_unavailable'
  return {
    source: 'upstream',
    reason,
    retry: paced ? 'paced' : 'never',
    message: `The upstream refused: ${reason}.`,
    upstreamStatus: reason.startsWith('network') ? null : 429,
    type: null,
    code: reason,
    param: null,
    upstreamMessage: null,
    retryAfterMs: null,
    ...changes,
  }
}

export function usageOf(input: number, output: number): Usage {
  return { input, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output, reasoning: 0 }
}

export function limitHeaders(tokens: number, remaining: number, requests = 1_000_000): GateHeaders {
  return {
    'x-ratelimit-limit-requests': String(requests),
    'x-ratelimit-remaining-requests': String(requests - 1),
    'x-ratelimit-limit-tokens': String(tokens),
    'x-ratelimit-remaining-tokens': String(remaining),
    'x-ratelimit-reset-tokens': `${Math.floor(((tokens - remaining) * 60_000) / tokens)}ms`,
  }
}

export function isLease(answer: unknown): answer is Lease {
  return typeof answer === 'object' && answer !== null && 'settle' in answer
}

/** An answer as soon as there is one: `waiting` until then. */
export interface Watched {
  state: 'waiting' | 'in' | 'refused'
  lease: Lease | null
  failure: Failure | null
}

export function watch(answer: Lease | Failure | Promise<Lease | Failure>): Watched {
  const watched: Watched = { state: 'waiting', lease: null, failure: null }
  const take = (given: Lease | Failure): void => {
    if (isLease(given)) Object.assign(watched, { state: 'in', lease: given })
    else Object.assign(watched, { state: 'refused', failure: given })
  }
  if (answer instanceof Promise) void answer.then(take)
  else take(answer)
  return watched
}

/** Lets what has been resolved reach who waits for it. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
}
