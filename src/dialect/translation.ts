import type { Envelope } from '../lib/json-envelope.ts'
import type { Problem, RequestFacts, StreamError } from './dialect.ts'

/**
 * One step of a request on its way to the host, and of its answers on their way back: from a caller's dialect into
 * Responses, from Responses into a Responses that the host can take, or from Responses into Chat. A call goes through a
 * chain of them; see `chain.ts`.
 */
export interface Translation {
  /**
   * The request to send, or why there is none: what cannot be carried is refused, never dropped in silence. Null where
   * this request is nothing for this step: it goes on as it is, and so do its answers. That has to be found out cheaply
   * (a member that is absent, a word that does not occur), because every request is asked about.
   */
  request(body: Envelope, origin: RequestOrigin): TranslatedRequest | UntranslatedRequest | null
}

/** Where a request comes from and where it goes, as far as a step may care. */
export interface RequestOrigin {
  readonly operation: 'create' | 'compact' | 'input_tokens'
  /** What the host is spoken to in, at the end of the chain. */
  readonly api: 'responses' | 'chat'
  /** Whose call it is: the rollout, else the session, else the connection. What is remembered of one is not told to another. */
  readonly scope: string
  /** The reasoning that a translation would bring back with this request is not wanted, or cannot be read, by the host. */
  readonly forgetsReasoning?: boolean
  /** The host has found that the cap on the output leaves no room for it: the request goes up without. */
  readonly isUncapped?: boolean
}

export interface TranslatedRequest {
  readonly ok: true
  /** The request of the next step; the same object where only the answers change. */
  readonly body: Envelope
  /** Null where they are what they were before this step. */
  readonly facts: RequestFacts | null
  /** Sentences on what was left out without changing what the answer means; for the log. */
  readonly notes: readonly string[]
  /** Null: answers pass as they are. */
  readonly answer: AnswerTranslation | null
}

export interface UntranslatedRequest {
  readonly ok: false
  readonly problems: readonly Problem[]
}

/** Translates the answers to one request; each attempt's answer is translated by itself. */
export interface AnswerTranslation {
  /**
   * A whole answer: an object, or all its events at once for a caller that wants a stream where the host does not stream;
   * only the step nearest to the caller is asked for events. An error where the answer holds something that the caller's
   * dialect has no form for.
   */
  whole(body: Buffer, asEvents: boolean): WholeAnswer
  stream(): StreamTranslation
}

export type WholeAnswer =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly error: StreamError }

/** Translates one stream. Errors that the stream reports are the meter's to find: here they are written as nothing. */
export interface StreamTranslation {
  /** Takes the stream's bytes, cut at any place, and gives whole events; often the empty text. */
  push(bytes: Buffer): string
  /** Set once the stream cannot be translated any further, or has reported an error. */
  readonly failure: StreamError | null
  /** True once the caller's answer is complete though the upstream goes on (a stop sequence it does not know). */
  readonly stopped: boolean
  /**
   * True where the upstream may end here, without its last event: all has been said that the answer needs. Absent where
   * only the last event ends an answer.
   */
  readonly closable?: boolean
  /** Completes an answer that `stopped` or is `closable`; what only the upstream's end would tell is estimated. */
  end(): string
  /**
   * How far the events that were written have come, for an error event behind them; absent where they are the events that
   * were read, or where errors are not numbered.
   */
  readonly position?: StreamPosition
}

export interface StreamPosition {
  /** The sequence number of the next event. */
  readonly nextSequence: number
  readonly responseId: string | null
}
