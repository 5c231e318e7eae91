import type { ErrorFields } from '../http/api-error.ts'
import type { FailureEvent } from '../faults/fault.ts'
import type { Ending } from '../plugs.ts'

/** A piece of a stream, and how many tokens the model had to make for it. */
export interface Frame {
  readonly text: string
  readonly tokens: number
}

/** A finished answer in the shape of its API, ready to be sent whole or as a stream. */
export interface Reply {
  readonly ending: Ending
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly webSearches: number
  /** Milliseconds before the first token, on top of the usual. */
  readonly wait: number
  body(): unknown
  frames(): Iterable<Frame>
  /** The 200 that tells of a failure; null where the API has none. */
  failedBody(error: ErrorFields): unknown
  /** A stream that fails: at once, or after half of the answer. */
  failedFrames(error: ErrorFields, events: readonly FailureEvent[], late: boolean): Iterable<Frame>
}
