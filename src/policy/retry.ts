import type { Failure } from '../call/outcome.ts'

/** How often and how long a call is tried again. Times in milliseconds. */
export interface RetryPolicy {
  /** Attempts in all that may end in a fault; 1 means no retry. Gym's `max_http_attempts`. */
  readonly maxAttempts: number
  /** Faults are retried no longer than this after the first of them. Not after the start: a good attempt may take many minutes. */
  readonly faultDeadlineMs: number
  /** Bound of the first delay, doubling with each attempt up to the longest. */
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** Whether an attempt that may have run and been billed is made again. */
  readonly ambiguous: boolean
  /** How long one call may wait for rate limits, all waits together. */
  readonly patienceMs: number
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 3,
  faultDeadlineMs: 120_000,
  baseDelayMs: 500,
  maxDelayMs: 8000,
  ambiguous: true,
  patienceMs: 1_800_000,
}

/** What has happened to a call, the failure in question included. */
export interface RetryQuestion {
  readonly failure: Failure
  /** Attempts that ended in a fault; a rate limit's refusal is none. */
  readonly attempts: number
  /** Milliseconds since the first of those faults; 0 for the first one. */
  readonly sinceFirstFailureMs: number
  /** Attempts that a rate limit refused. */
  readonly pacedAttempts: number
  /** Milliseconds this call has waited because of rate limits. */
  readonly pacedWaitMs: number
  /** True once the caller has seen a byte of an answer. */
  readonly committed: boolean
  /** A number in [0, 1); asked at most once. */
  readonly random: () => number
}

/** Try again after so many milliseconds, or tell the caller of this failure. */
export type RetryDecision = { readonly waitMs: number } | { readonly giveUp: Failure }

/** A server that says it is overloaded is given more time than one that merely stumbled. */
const OVERLOAD_FACTOR = 4

const PACED_FIRST_MS = 1000
const PACED_CAP_MS = 30_000
/** The least wait at the second refusal, doubling: a host that says "0 ms" for ever must not be asked thousands of times. */
const PACED_FLOOR_MS = 125

/**
 * Decides what follows a failed attempt.
 *
 * Faults: full jitter (uniform between nothing and a bound that doubles), at least as long as the answer asked. Rate limits:
 * exactly as long as the answer asked; the queue already orders the waiters, so there is no jitter.
 */
export function decideRetry(policy: RetryPolicy, question: RetryQuestion): RetryDecision {
  const { failure } = question
  if (question.committed || failure.retry === 'never') return { giveUp: failure }
  if (failure.retry === 'paced') return paced(policy, question)
  if (failure.retry === 'unsafe' && !policy.ambiguous) return { giveUp: failure }
  if (question.attempts >= policy.maxAttempts) return { giveUp: failure }
  const factor = failure.reason === 'overloaded' ? OVERLOAD_FACTOR : 1
  const doubled = policy.baseDelayMs * 2 ** Math.max(0, question.attempts - 1)
  const bound = factor * Math.min(policy.maxDelayMs, doubled)
  const waitMs = Math.max(failure.retryAfterMs ?? 0, Math.round(question.random() * bound))
  return question.sinceFirstFailureMs + waitMs > policy.faultDeadlineMs ? { giveUp: failure } : { waitMs }
}

function paced(policy: RetryPolicy, question: RetryQuestion): RetryDecision {
  const waitMs = pacedWait(question.failure.retryAfterMs, question.pacedAttempts)
  // A wait that cannot end in time is not begun: the caller hears at once.
  if (question.pacedWaitMs + waitMs <= policy.patienceMs) return { waitMs }
  return { giveUp: patienceExhausted(policy, question, waitMs) }
}

/** The wait after the `refusals`-th refusal of a call, where the answer asked for `asked` ms (null: it did not say). */
function pacedWait(asked: number | null, refusals: number): number {
  const earlier = Math.max(0, refusals - 1)
  if (asked === null) return Math.min(PACED_CAP_MS, PACED_FIRST_MS * 2 ** earlier)
  const floor = earlier === 0 ? 0 : Math.min(PACED_CAP_MS, PACED_FLOOR_MS * 2 ** (earlier - 1))
  return Math.max(asked, floor)
}

function patienceExhausted(policy: RetryPolicy, question: RetryQuestion, next: number): Failure {
  const { failure, pacedWaitMs } = question
  const waited = pacedWaitMs > 0 ? `After ${duration(pacedWaitMs)} of waiting the` : 'The'
  const setting = `retry.rate_limit_patience_seconds (now ${Math.round(policy.patienceMs / 1000)})`
  const message =
    `${waited} rate limit asks for ${duration(next)}${pacedWaitMs > 0 ? ' more' : ''}, longer than this call may wait: ` +
    `raise ${setting}, lower the load, or have the limit raised.`
  return {
    ...failure,
    source: 'gateway',
    reason: 'patience_exhausted',
    retry: 'never',
    message: failure.upstreamMessage === null ? message : quoting(message, failure.upstreamMessage),
  }
}

/** The longest sentence for people; the upstream's words are cut to what is left of it. */
const MOST = 300

function quoting(message: string, said: string): string {
  const room = MOST - message.length - ' It said: ""'.length
  if (room < 16) return message
  return `${message} It said: "${said.length <= room ? said : `${said.slice(0, room - 1)}…`}"`
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}
