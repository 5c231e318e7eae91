import type { ApiError } from '../http/api-error.ts'

/** What a fault may tell in its messages. */
export interface FaultContext {
  readonly model: string
  readonly organization: string
  readonly project: string
  readonly api: 'responses' | 'chat'
  readonly requestId: string
  /** The API key as sent; messages mask it. */
  readonly apiKey: string
  /** `Clock.wall()`, for dates in headers. */
  readonly wall: number
  readonly settings: FaultSettings
}

/** How a fault is varied; all optional. */
export interface FaultSettings {
  /** `retry-after`, word for word; `date` becomes an HTTP date two seconds ahead. */
  readonly retryAfter?: string
  /** `retry-after-ms`, word for word. */
  readonly retryAfterMs?: string
  /** `x-should-retry`. */
  readonly shouldRetry?: string
  /** The wait a rate limit's message names, or the silence of a slow answer, in milliseconds. */
  readonly waitMs?: number
  /** Streamed requests get an HTTP error inside the stream, after a 200. */
  readonly inStream?: boolean
  /** For the fault `error`: any status, message, type and code. */
  readonly status?: number
  readonly message?: string
  readonly type?: string
  readonly code?: string
}

/** The shapes in which a stream tells of its failure, in order. */
export type FailureEvent = 'error' | 'flat-error' | 'failed'

export type FaultAction =
  /** An error in OpenAI's envelope instead of an answer. */
  | { readonly kind: 'error'; error(context: FaultContext): ApiError }
  /** Anything else instead of an answer, as a machine in between would send it. */
  | { readonly kind: 'page'; readonly status: number; readonly contentType: string; readonly body: string }
  /** The connection breaks, or falls silent, at some moment of the answer. */
  | { readonly kind: 'connection'; readonly moment: Moment; readonly how: 'reset' | 'close' | 'silence' }
  /** A stream that ends in good order before its terminal event; a unary body that ends too early. */
  | { readonly kind: 'truncated' }
  /** A 200 that failed: `status: "failed"`, or the events of a failure, at once or after half of the answer. */
  | {
      readonly kind: 'failure'
      error(context: FaultContext): ApiError
      readonly events: readonly FailureEvent[]
      readonly late: boolean
    }
  /** A whole answer, late. */
  | { readonly kind: 'slow' }
  /** A whole stream, cut into pieces of a few bytes, or with comments between its events. */
  | { readonly kind: 'writing'; readonly how: 'chopped' | 'comments' }

export type Moment = 'before-headers' | 'after-headers' | 'middle'

export interface Fault {
  readonly name: string
  /** One line for the documentation and the start-up text. */
  readonly summary: string
  readonly action: FaultAction
}

/** A fault that a request is going to meet. */
export interface FaultOrder {
  readonly fault: Fault
  readonly settings: FaultSettings
}
