import type { AnswerFacts, Failure } from '../call/outcome.ts'
import type { Envelope } from '../lib/json-envelope.ts'

/** One thing wrong with a request, in FastAPI's terms, so that Gym's users see the shape they know. */
export interface Problem {
  /** Pydantic's error type: `missing`, `json_invalid`, `list_type`, `bool_parsing`, … */
  readonly type: string
  /** Where: `['body', 'input']`; for invalid JSON `['body', <byte position>]`. */
  readonly loc: readonly (string | number)[]
  /** What is wrong, as a sentence. */
  readonly msg: string
  /** The offending value, shortened; `{}` for invalid JSON as FastAPI has it. */
  readonly input: unknown
  readonly ctx?: Readonly<Record<string, unknown>>
}

/** What the server must know of a request before it may send it. Read from the top level only. */
export interface RequestFacts {
  readonly stream: boolean
  /** The model the caller named; Spotter overwrites it. */
  readonly model: string | null
  /** Upper bound on output tokens the caller set, per choice; null when the caller left it to the model. */
  readonly maxOutput: number | null
  /** Chat's `n`; 1 elsewhere. */
  readonly choices: number
  /** The tier the caller asked for, or null. */
  readonly serviceTier: string | null
  /** True when the request continues a conversation (the input holds tool outputs or earlier answers). */
  readonly continuation: boolean
}

/** Reads one upstream event stream as it passes: finds event boundaries, the terminal event, errors and usage. */
export interface StreamMeter {
  /**
   * Looks at a chunk as it came from the socket, at any split. Returns how many of its leading bytes belong to events
   * that are complete by now; the rest begins an event.
   */
  push(chunk: Buffer): number
  /** True while only events that carry nothing the caller could act on have been seen (`response.created` and the like). */
  readonly preamble: boolean
  /** True once the terminal event has been seen completely. */
  readonly ended: boolean
  /** The error the stream itself reported (an `error` event, `response.failed`, a chat error chunk). */
  readonly failure: StreamError | null
  readonly facts: AnswerFacts
  /** The complete unary answer, once `ended`, where the terminal event carries it (Responses); null elsewhere. */
  readonly answer: Buffer | null
  /** The sequence number the next event would have carried; for an error event of our own. */
  readonly nextSequence: number
}

/** An error as it stood inside a stream or a failed response object; to be classified like an HTTP one. */
export interface StreamError {
  readonly type: string | null
  readonly code: string | null
  readonly param: string | null
  readonly message: string | null
}

/** A wire format that callers speak. Adding one adds a file here and a line in `index.ts`. */
export interface Dialect {
  readonly name: 'responses' | 'chat' | 'messages'
  /** Path below `/v1`, of the caller's request and of the upstream's. */
  readonly path: string
  /** Validates the top level of a request. An empty list means: send it. */
  problems(body: Envelope): readonly Problem[]
  facts(body: Envelope): RequestFacts
  /** What a unary answer says of itself; null when it is not a JSON object. `error` is set for `status: "failed"`. */
  answer(body: Buffer): { readonly facts: AnswerFacts; readonly error: StreamError | null } | null
  meter(): StreamMeter
  /** The body of an error answer. */
  errorBody(failure: Failure, facts: FailureFacts): Record<string, unknown>
  /** The bytes that end an already started stream with an error, in this dialect's own form. */
  errorEvents(failure: Failure, facts: FailureFacts, sequence: number): string
}

/** Facts that go with a failure to the client: how hard it was tried. */
export interface FailureFacts {
  readonly status: number
  readonly attempts: number
  readonly waitedMs: number
  readonly requestId: string | null
  /** The id of the answer that had begun, where one had. */
  readonly responseId?: string | null
}
