/** Whose fault a failure is: the caller's request, Spotter itself, or what stands behind it. */
export type FailureSource = 'client' | 'gateway' | 'upstream'

/**
 * What may be done about a failure.
 *
 * - `never`: sending the same request again cannot help.
 * - `paced`: nothing ran and nothing is broken, the quota says "later"; waiting is spent in the queue and does not count as an attempt.
 * - `safe`: nothing ran upstream, so another attempt can charge nobody twice.
 * - `unsafe`: the request may have run and been billed; another attempt is a possible double charge.
 */
export type RetryClass = 'never' | 'paced' | 'safe' | 'unsafe'

/** Every kind of failure Spotter tells apart. Each has a sentence, a retry class and a troubleshooting entry in the README. */
export type FailureReason =
  // the caller
  | 'invalid_json'
  | 'invalid_request'
  | 'body_too_large'
  // Spotter
  | 'budget_exceeded'
  | 'patience_exhausted'
  | 'shutting_down'
  | 'internal_error'
  // OpenAI said no, and will say no again
  | 'authentication'
  | 'permission'
  | 'model_not_found'
  | 'not_found'
  | 'bad_request'
  | 'context_overflow'
  | 'content_policy'
  | 'request_larger_than_limit'
  // money
  | 'quota'
  // OpenAI said later
  | 'rate_limit_requests'
  | 'rate_limit_tokens'
  | 'rate_limit_daily'
  | 'rate_limit'
  | 'slow_down'
  | 'flex_unavailable'
  | 'overloaded'
  // faults
  | 'server_error'
  | 'response_failed'
  | 'timeout'
  | 'network_name'
  | 'network_refused'
  | 'network_reset'
  | 'network_tls'
  | 'protocol'
  | 'stream_truncated'

/** A failure as a value: what happened, whose fault it is, and what may be done. Never thrown. */
export interface Failure {
  readonly source: FailureSource
  readonly reason: FailureReason
  readonly retry: RetryClass
  /** One sentence for people, at most ~300 characters: what happened, whose fault, what to change. Holds no secret. */
  readonly message: string
  /** HTTP status of the upstream's answer; null where there was none. 200 for an error inside a stream. */
  readonly upstreamStatus: number | null
  /** OpenAI's own `error.type`, `error.code`, `error.param` and `error.message`, where it gave them. */
  readonly type: string | null
  readonly code: string | null
  readonly param: string | null
  readonly upstreamMessage: string | null
  /** How long the upstream asked to wait, in milliseconds, from any of the places it may say so. */
  readonly retryAfterMs: number | null
}

/** Tokens of one call, as OpenAI bills them: `cachedInput` and `cacheWrite` are parts of `input`, `reasoning` is a part of `output`. */
export interface Usage {
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  /** The part of `cacheWrite` kept for 12 hours (billed higher); the rest is kept for 30 minutes. */
  readonly cacheWrite12h: number
  readonly output: number
  readonly reasoning: number
}

/** What an upstream answer said about itself; read out of its bytes without parsing the rest. */
export interface AnswerFacts {
  readonly id: string | null
  /** The model that answered (a dated snapshot where there is one). */
  readonly model: string | null
  /** The service tier that was really served. */
  readonly serviceTier: string | null
  /** `completed`, `incomplete`, `failed`, … for Responses; null for Chat. */
  readonly status: string | null
  /** Why an incomplete answer ended: `max_output_tokens`, `content_filter`, … or Chat's finish reason. */
  readonly stopReason: string | null
  readonly usage: Usage | null
}

/** How a call ended. Every call ends in exactly one. */
export type Outcome =
  | { readonly kind: 'completed'; readonly facts: AnswerFacts }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled'; readonly by: 'client' | 'shutdown' }
