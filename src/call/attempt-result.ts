import type { AnswerFacts, Failure } from './outcome.ts'
import type { ReplyHeaders } from './reply.ts'

/** What became of one attempt. */
export type AttemptResult =
  /** A unary answer, complete; nothing of it has been sent on. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: ReplyHeaders
      readonly body: Buffer
      readonly facts: AnswerFacts
    }
  /** A stream whose last event is in hand and held back; everything before it has been sent on. */
  | {
      readonly kind: 'stream'
      readonly headers: ReplyHeaders
      readonly facts: AnswerFacts
      readonly error: Failure | null
      readonly last: Buffer | string
      /** The last event has been written: passes on what still comes, and ends the client's answer. */
      trail(): void
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled' }
