import type { Failure } from '../call/outcome.ts'
import type { Exceeded } from './domain/exceeded-limit.ts'
import { durationText } from './duration-text.ts'
import { gatewayRefusal } from './gateway-refusal.ts'

/** Characters of a sentence that holds an upstream's own words. */
const MOST = 300

/** The call's deadline passed while it waited. */
export function deadlinePassed(waitedMs: number, waiting: number, why: string, refused: boolean): Failure {
  return gatewayRefusal(
    'patience_exhausted',
    `This call waited ${durationText(waitedMs)} in Spotter's queue and may wait no longer (${why}, ${waiting} waiting): ` +
      `raise ${patienceOf(refused)}, start fewer at a time, or have the limit raised.`,
  )
}

/** The call could not be let in before its deadline, so it hears that at once. */
export function hopelessWait(
  predictedMs: number,
  allowedMs: number,
  waiting: number,
  refused: boolean,
): Failure {
  return gatewayRefusal(
    'patience_exhausted',
    `At the present limits this call would wait about ${durationText(predictedMs)} behind ${waiting} others, but may only wait ` +
      `${durationText(allowedMs)}: raise ${patienceOf(refused)}, start fewer at a time, or have the limit raised.`,
    Math.ceil(predictedMs - allowedMs),
  )
}

/** The setting that says how long a call may wait: before a rate limit has refused it there is one only. */
function patienceOf(refused: boolean): string {
  return refused
    ? 'retry.rate_limit_patience_seconds (or pacing.max_wait_seconds)'
    : 'pacing.max_wait_seconds'
}

/** No waiting can help: the charge is above the whole limit. */
export function largerThanLimit(tokens: number, { limit, label, stated }: Exceeded): Failure {
  const advice = stated
    ? `lower max_output_tokens (or n) below ${limit}`
    : 'shorten the input, lower max_output_tokens, or have the limit raised'
  return {
    ...gatewayRefusal(
      'request_larger_than_limit',
      `This request counts as about ${Math.round(tokens)} tokens and the limit is ${limit} ${label}, ` +
        `so it can never be sent: ${advice}.`,
    ),
    source: 'client',
    type: 'tokens',
    code: 'rate_limit_exceeded',
    param: stated ? 'max_output_tokens' : null,
  }
}

/** An open circuit answers in the upstream's place, with its own words. */
export function notSent(failure: Failure): Failure {
  return {
    ...failure,
    retry: 'never',
    message: `Not sent, the last answer still stands: ${failure.message}`.slice(0, MOST),
  }
}

/** Never seen by anybody: whoever would read it has left. */
export function callerLeft(): Failure {
  return gatewayRefusal('patience_exhausted', 'The caller left while its call waited.')
}
