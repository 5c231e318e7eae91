import type { Dialect, RequestFacts, UpstreamApi } from '../dialect/dialect.ts'
import type { AnswerTranslation } from '../dialect/translation.ts'
import type { Envelope } from '../lib/json-envelope.ts'
import { noSavings } from '../policy/savings/call-savings.ts'
import type { UpstreamHeaders } from '../upstream/upstream.ts'
import type { RequestBody } from '../upstream/upstream.ts'
import type { AnswerFacts, Failure, Outcome } from './outcome.ts'

/** What the front door knows of a request before its body is read. */
export interface Arrival {
  readonly id: string
  readonly dialect: Dialect
  readonly operation: Operation
  /** Path and query below the base URL, where the operation is not `create`: `/responses/resp_1?stream=true`. */
  readonly path: string
  /** From `/ng-rollout/<id>/`; null without it. */
  readonly rollout: string | null
  /** The id may name a capture file (ASCII letters, digits, `._-`). */
  readonly rolloutIsFileName: boolean
  readonly trainingCapture: boolean
  /** What the caller names its session in `x-session-id`, for capture; null where it names none or several. */
  readonly clientSessionId: string | null
  readonly session: string
  /** The rollout, else the session the caller came back with: what money is counted by. Null for a first call. */
  readonly account: string | null
  /** The rollout, else the session, else the connection: what fairness goes by. */
  readonly fairnessKey: string
  /** The caller's own `X-Client-Request-Id` or our call id. */
  readonly clientRequestId: string
  /** How often the caller's SDK says it has tried before. */
  readonly clientRetries: number
  /** The caller hangs up on a stream without events, whatever comments come. */
  readonly countsEvents: boolean
  readonly arrivedAt: number
  readonly arrivedWall: number
}

/** One of the operations that OpenAI's API offers on a route. */
export interface Operation {
  readonly name: 'create' | 'compact' | 'input_tokens' | 'retrieve' | 'delete' | 'cancel' | 'input_items'
  readonly method: 'POST' | 'GET' | 'DELETE'
  /** True where the body names a model and quota is spent: `model` is overwritten and admission asked. */
  readonly spends: boolean
}

/** A body, or where the answer had begun as a stream, the events that end it. */
export interface Told {
  readonly text: string
  readonly asEvents: boolean
}

/** One try at the upstream. */
export interface Attempt {
  readonly number: number
  readonly startedAt: number
  sentAt: number
  headAt: number
  status: number
  failure: Failure | null
}

/** All state of one request, from its arrival to its end. Every field is initialised: the shape never changes. */
export class Call {
  readonly arrival: Arrival
  /** What the upstream is spoken to in. */
  api: UpstreamApi
  request: RequestFacts | null = null
  /** The caller's body as it came, and as it goes up. */
  body: Buffer | null = null
  /** The request in the upstream's dialect, before anything of ours is put into it. */
  outgoing: Envelope | null = null
  /** What was put in to make it cheaper. */
  readonly savings = noSavings()
  /** The caller wants events; the upstream is asked for events. */
  streaming = false
  upstreamStreaming = false
  upstreamBody: RequestBody | null = null
  /** Of these, images and files as base64, which OpenAI's limits do not count as text; only looked for where it matters. */
  encodedBytes = 0
  /** The host could not read the reasoning that the translation had brought back: the request is made again without. */
  forgetsReasoning = false
  /** The host has no room for as much output as the request allows: it is made again without that cap. */
  isUncapped = false
  /** Puts the upstream's answer into what the caller understands; null where it passes as it is. */
  translation: AnswerTranslation | null = null
  readonly attempts: Attempt[] = []
  /** Milliseconds spent waiting for admission, and for retries. */
  queuedMs = 0
  backoffMs = 0
  firstFaultAt = 0
  /** Attempts that ended in a fault; a paced rejection is none. */
  faultAttempts = 0
  pacedWaitMs = 0
  firstByteAt = 0
  /** Events of a stream passed on or seen; about one per output token. */
  events = 0
  endedAt = 0
  /** HTTP status the client saw; 0 before there is one. */
  status = 0
  upstreamRequestId: string | null = null
  /** Of the latest upstream answer. */
  upstreamHeaders: UpstreamHeaders | null = null
  facts: AnswerFacts | null = null
  /** The bytes of the unary answer as the caller gets it, or of the upstream's error; kept for capture. */
  answer: Buffer | null = null
  /** What the caller got in place of an error. */
  standIn: Buffer | null = null
  /** Spotter's own words to the caller about a failure; kept for capture. */
  told: Told | null = null
  outcome: Outcome | null = null
  possibleDoubleCharge = false
  /** Spotter itself ended the upstream's answer (a stop sequence was reached), so that its usage is not known. */
  cutShort = false
  #cancelled: 'client' | 'shutdown' | null = null
  /** Set by whatever the call is waiting for right now; called once when the caller leaves. */
  onAbort: (() => void) | null = null

  constructor(arrival: Arrival) {
    this.arrival = arrival
    this.api = arrival.dialect.api
  }

  /** Path and query as they go up, below the base URL. */
  get upstreamPath(): string {
    const { operation, path } = this.arrival
    return operation.name === 'create' ? this.api.path : path
  }

  /** With `onAbort`, makes a Call the signal that admission listens to. */
  get aborted(): boolean {
    return this.#cancelled !== null
  }

  get cancelledBy(): 'client' | 'shutdown' | null {
    return this.#cancelled
  }

  get attempt(): Attempt | undefined {
    return this.attempts.at(-1)
  }

  cancel(by: 'client' | 'shutdown'): void {
    if (this.#cancelled || this.outcome) return
    this.#cancelled = by
    const notify = this.onAbort
    this.onAbort = null
    notify?.()
  }
}
