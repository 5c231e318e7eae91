import type { AnswerFacts, Failure } from '../call/outcome.ts'
import type { Envelope } from '../lib/json-envelope.ts'
import type { Translation } from './translation.ts'

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
  /** Where Pydantic explains the error; under `strict_compat` only. */
  readonly url?: string
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
  /** True when the request names input that is not in its body: an earlier response, a conversation, a stored prompt. */
  readonly opaqueInput?: boolean
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

/** A wire format that the upstream speaks: a property of a call, which may reach its host in another one than it came in. */
export interface UpstreamApi {
  readonly name: 'responses' | 'chat'
  /** Path of a request, below the base URL. */
  readonly path: string
  /** What a unary answer says of itself; null when it is not a JSON object. `error` is set for `status: "failed"`. */
  answer(body: Buffer): { readonly facts: AnswerFacts; readonly error: StreamError | null } | null
  /** Reads a stream. */
  meter(): StreamMeter
}

/** A wire format that callers speak. Adding one adds a file or folder here and a line in `index.ts`. */
export type Dialect = NativeDialect | TranslatedDialect

/** A dialect that the upstream speaks too: requests and answers pass as they are, unless the host needs a translation. */
export interface NativeDialect extends DialectBase {
  readonly name: 'responses' | 'chat'
  readonly translation: null
  /** Under `strict_compat`: makes requests and answers what Gym's own models would. */
  readonly strict?: Translation
  /** Validates the top level of a request. An empty list means: send it. */
  problems(body: Envelope): readonly Problem[]
  facts(body: Envelope): RequestFacts
}

/** A dialect of callers alone: its requests go up in another one, and the answers are put back into it. */
export interface TranslatedDialect extends DialectBase {
  readonly name: 'messages'
  readonly translation: Translation
}

interface DialectBase {
  /** What its requests are in once they have been translated, if they have to be. */
  readonly api: UpstreamApi
  /** Keeps a silent stream and its client awake; may stand between any two events, and before the first. */
  readonly heartbeat: string
  /** The same for clients that count events and do not hear comments; null where the heartbeat is an event, or no such client is known. */
  readonly heartbeatEvent: string | null
  /** The header in which this dialect's clients look for the id of a call; null where the upstream's own is passed on. */
  readonly callIdHeader: string | null
  /** How a request that cannot be meant is answered. */
  refusal(problems: readonly Problem[], callId: string): RequestRefusal
  /** The status this dialect's own API would answer a failure with; absent where that is the upstream's. */
  errorStatus?(failure: Failure): number
  /** The body of an error answer. */
  errorBody(failure: Failure, facts: FailureFacts): Record<string, unknown>
  /** The bytes that end an already started stream with an error, in this dialect's own form. */
  errorEvents(failure: Failure, facts: FailureFacts, sequence: number): string
}

export interface RequestRefusal {
  readonly status: number
  /** All problems in one sentence, for the log. */
  readonly message: string
  readonly body: Record<string, unknown>
}

/** Facts that go with a failure to the client: how hard it was tried. */
export interface FailureFacts {
  readonly status: number
  /** Spotter's own id of the call. */
  readonly callId: string
  readonly attempts: number
  readonly waitedMs: number
  /** The upstream's id of its latest answer. */
  readonly requestId: string | null
  /** The id of the answer that had begun, where one had. */
  readonly responseId?: string | null
}
