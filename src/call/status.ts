import type { Failure, FailureReason } from './outcome.ts'

/**
 * Which statuses callers see. `gym` avoids every status that some Gym client retries for ever (429, 502, 503, 504, 520);
 * `openai` tells the upstream's own, for callers that use an SDK's typed errors.
 */
export type ErrorStatusMode = 'gym' | 'openai'

/** The statuses that mean the same to a Gym client as to OpenAI: final, and the caller's to mend. */
const asTheyAre: ReadonlySet<number> = new Set([400, 401, 403, 404, 413, 415, 422])

/** Something Spotter depends on failed, and Spotter has already done what could be done about it. */
const FAILED_DEPENDENCY = 424

interface Statuses {
  readonly gym: number
  readonly openai: number
}

const both = (status: number): Statuses => ({ gym: status, openai: status })
const dependency = (openai: number): Statuses => ({ gym: FAILED_DEPENDENCY, openai })

/** What each reason is told as where the upstream gave no status of its own: inside a stream, or no answer at all. */
export const callerStatuses: Readonly<Record<FailureReason, Statuses>> = {
  invalid_json: both(422),
  invalid_request: both(422),
  body_too_large: both(413),
  budget_exceeded: both(402),
  patience_exhausted: dependency(429),
  shutting_down: dependency(503),
  internal_error: both(500),
  authentication: both(401),
  permission: both(403),
  model_not_found: both(404),
  not_found: both(404),
  bad_request: both(400),
  context_overflow: both(400),
  content_policy: both(400),
  request_larger_than_limit: { gym: 413, openai: 429 },
  quota: { gym: 402, openai: 429 },
  rate_limit_requests: dependency(429),
  rate_limit_tokens: dependency(429),
  rate_limit_daily: dependency(429),
  rate_limit: dependency(429),
  slow_down: dependency(429),
  flex_unavailable: dependency(429),
  overloaded: dependency(503),
  server_error: dependency(500),
  response_failed: dependency(502),
  timeout: dependency(504),
  network_name: dependency(502),
  network_refused: dependency(502),
  network_reset: dependency(502),
  network_tls: dependency(502),
  protocol: dependency(502),
  stream_truncated: dependency(502),
}

/** The HTTP status of the answer that tells a caller of `failure`; always 400 or above. */
export function answerStatus(failure: Failure, mode: ErrorStatusMode): number {
  const upstream = failure.upstreamStatus
  const own = callerStatuses[failure.reason]
  if (mode === 'openai')
    return upstream !== null && upstream >= 400 && upstream <= 599 ? upstream : own.openai
  // A reason that is told as a dependency's failure stays one, even where a gateway said it with a 404 or a 400.
  if (own.gym === FAILED_DEPENDENCY || failure.source !== 'upstream' || failure.reason === 'quota')
    return own.gym
  return upstream !== null && asTheyAre.has(upstream) ? upstream : own.gym
}

/** The longest reason phrase: it stands inside one line of a client's exception. */
const PHRASE = 160

/**
 * The failure's sentence as an HTTP reason phrase: Gym's HTTP client prints the phrase, not the body, so it is the one place
 * where every harness shows the cause. Latin-1, one line, short.
 */
export function reasonPhrase(failure: Failure): string {
  const line = failure.message
    .replaceAll('…', '...')
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[–—]/g, '-')
    .replace(/[^\x20-\x7e\xa0-\xff]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  if (line.length <= PHRASE) return line
  // What to do matters more than the upstream's own words, which the body has anyway.
  const unquoted = line.replace(/: ".*"\.? (?=\S)/, ': ')
  return unquoted.length <= PHRASE ? unquoted : `${unquoted.slice(0, PHRASE - 3).replace(/ \S*$/, '')}...`
}
