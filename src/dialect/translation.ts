import type { Envelope } from '../lib/json-envelope.ts'
import type { Problem, RequestFacts, StreamError } from './dialect.ts'

/** Puts requests of one dialect into another, and the answers back. Pure: all it knows of the model is given when it is made. */
export interface Translation {
  /** The request to send, or why there is none: what cannot be carried is refused, never dropped in silence. */
  request(body: Envelope): TranslatedRequest | UntranslatedRequest
}

export interface TranslatedRequest {
  readonly ok: true
  /** A request of the upstream's dialect. */
  readonly body: Envelope
  readonly facts: RequestFacts
  /** Sentences on what was left out without changing what the answer means; for the log. */
  readonly notes: readonly string[]
  readonly answer: AnswerTranslation
}

export interface UntranslatedRequest {
  readonly ok: false
  readonly problems: readonly Problem[]
}

/** Translates the answers to one request; each attempt's answer is translated by itself. */
export interface AnswerTranslation {
  /**
   * A whole answer: an object, or all its events at once for a caller that wants a stream where the host does not stream.
   * An error where it holds something that the caller's dialect has no form for.
   */
  whole(body: Buffer, asEvents: boolean): WholeAnswer
  stream(): StreamTranslation
}

export type WholeAnswer =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly error: StreamError }

/** Translates one stream. Errors that the stream reports are the meter's to find: here they are written as nothing. */
export interface StreamTranslation {
  /** Takes the upstream's bytes, cut at any place, and gives whole events of the caller's dialect; often the empty text. */
  push(bytes: Buffer): string
  /** Set once the stream cannot be translated any further, or has reported an error. */
  readonly failure: StreamError | null
  /** True once the caller's answer is complete though the upstream goes on (a stop sequence it does not know). */
  readonly stopped: boolean
  /** Completes an answer that `stopped`; what only the upstream's end would tell is estimated. */
  end(): string
}
