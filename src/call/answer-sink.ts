import type { Dialect, StreamMeter } from '../dialect/dialect.ts'
import type { Timer, TimerWheel } from '../lib/timer-wheel.ts'
import type { Flow, ResponseSink, UpstreamHeaders } from '../upstream/upstream.ts'
import type { Attempt, Call } from './call.ts'
import type { AnswerFacts, Failure } from './outcome.ts'
import type { Relay } from './relay.ts'
import { passedHeaders } from './passed-headers.ts'
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
  /** A stream whose terminal event is in hand and held back; everything before it has been sent on. */
  | {
      readonly kind: 'stream'
      readonly headers: ReplyHeaders
      readonly facts: AnswerFacts
      readonly error: Failure | null
      readonly last: Buffer
      readonly ended: boolean
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled' }

/** How the bytes of an answer are judged. Supplied by the composition: the call layer knows no provider. */
export interface Judge {
  answer(call: Call, status: number, headers: UpstreamHeaders, body: Buffer): Failure
  stream(error: NonNullable<StreamMeter['failure']>): Failure
  truncated(): Failure
}

/** Watches the bytes of a stream as they pass. */
export type ChunkWatcher = (call: Call, bytes: Buffer) => void

export interface SinkContext {
  readonly call: Call
  readonly attempt: Attempt
  readonly dialect: Dialect
  readonly relay: Relay
  readonly judge: Judge
  readonly wheel: TimerWheel
  readonly preambleHoldMs: number
  /** The caller wants an event stream. */
  readonly streaming: boolean
  headArrived(status: number, headers: UpstreamHeaders): void
  readonly chunkPassed: ChunkWatcher | null
}

/** After the terminal event an upstream has this long to close; the client is not kept waiting for it. */
const TRAILING_MS = 1000

/**
 * Receives one upstream answer and decides, byte by byte, what the client may already see.
 *
 * A unary answer is collected whole, so that a connection lost in its middle or a `status: "failed"` in it can still be
 * retried. A stream is passed on as it arrives, except for its preamble (`response.created` and the like) which waits a
 * moment: OpenAI reports rate limits and empty accounts right behind it, inside HTTP 200.
 */
export class AnswerSink implements ResponseSink {
  readonly #context: SinkContext
  readonly #resolve: (result: AttemptResult) => void
  #flow: Flow | null = null
  #meter: StreamMeter | null = null
  #chunks: Buffer[] = []
  #headers: UpstreamHeaders = {}
  #status = 0
  #settled = false
  #trailing = false
  #timer: Timer | null = null

  constructor(context: SinkContext, resolve: (result: AttemptResult) => void) {
    this.#context = context
    this.#resolve = resolve
  }

  sent(): void {
    this.#context.attempt.sentAt = performance.now()
  }

  head(status: number, headers: UpstreamHeaders, flow: Flow): void {
    this.#context.attempt.headAt = performance.now()
    this.#context.attempt.status = status
    this.#status = status
    this.#headers = headers
    this.#flow = flow
    this.#context.headArrived(status, headers)
    const type = headers['content-type']
    const isStream = typeof type === 'string' && type.startsWith('text/event-stream')
    if (status >= 300 || !isStream) return
    this.#meter = this.#context.dialect.meter()
    if (this.#context.streaming) this.#context.relay.onDrain(() => flow.resume())
  }

  chunk(bytes: Buffer): void {
    const meter = this.#meter
    if (!meter) {
      this.#chunks.push(bytes)
      return
    }
    this.#context.chunkPassed?.(this.#context.call, bytes)
    if (this.#trailing) {
      if (!this.#context.relay.over) this.#context.relay.write(bytes)
      return
    }
    meter.push(bytes)
    if (!this.#context.streaming) {
      if (meter.ended) this.#finishAssembled(meter)
      return
    }
    if (this.#holding(meter)) {
      this.#chunks.push(bytes)
      if (!this.#timer) {
        this.#timer = this.#context.wheel.timer(() => this.#release())
        this.#timer.set(this.#context.preambleHoldMs)
      }
      if (meter.failure && meter.ended) this.#failBeforeCommit(meter)
      return
    }
    if (meter.ended) {
      this.#chunks.push(bytes)
      this.#finishStream(meter)
      return
    }
    if (!this.#context.relay.committed) this.#release()
    this.#pass(bytes)
  }

  end(): void {
    this.#timer?.cancel()
    if (this.#trailing) {
      this.#context.relay.end()
      return
    }
    if (this.#settled) return
    const meter = this.#meter
    if (meter) {
      if (!meter.failure) this.#settle({ kind: 'failed', failure: this.#context.judge.truncated() })
      else if (this.#context.relay.committed) this.#finishStream(meter, true)
      else this.#failBeforeCommit(meter)
      return
    }
    this.#finishUnary()
  }

  fail(failure: Failure): void {
    this.#timer?.cancel()
    if (this.#trailing) {
      this.#context.relay.end()
      return
    }
    const meter = this.#meter
    if (meter?.failure && !this.#context.relay.committed) this.#failBeforeCommit(meter)
    else this.#settle({ kind: 'failed', failure })
  }

  /** The caller left. */
  cancel(): void {
    this.#timer?.cancel()
    this.#settle({ kind: 'cancelled' })
  }

  /** Everything the client could see before content: nothing of it is worth giving up a retry for. */
  #holding(meter: StreamMeter): boolean {
    if (this.#context.relay.committed) return false
    return meter.preamble || meter.failure !== null
  }

  #release(): void {
    this.#timer?.cancel()
    this.#context.relay.startStream(passedHeaders(this.#headers))
    const held = this.#chunks
    this.#chunks = []
    for (const bytes of held) this.#pass(bytes)
  }

  #pass(bytes: Buffer): void {
    if (!this.#context.call.firstByteAt) this.#context.call.firstByteAt = performance.now()
    if (!this.#context.relay.write(bytes)) this.#flow?.pause()
  }

  #failBeforeCommit(meter: StreamMeter): void {
    if (!meter.failure) return
    this.#timer?.cancel()
    const failure = this.#context.judge.stream(meter.failure)
    this.#settle({ kind: 'failed', failure })
    this.#flow?.abort()
  }

  #finishStream(meter: StreamMeter, ended = false): void {
    this.#timer?.cancel()
    const error = meter.failure ? this.#context.judge.stream(meter.failure) : null
    const last = join(this.#chunks)
    this.#chunks = []
    this.#settle({
      kind: 'stream',
      headers: passedHeaders(this.#headers),
      facts: meter.facts,
      error,
      last,
      ended,
    })
  }

  /** The terminal event has been written: what still comes is passed on, and the answer ends with the upstream's or soon. */
  trail(): void {
    this.#trailing = true
    this.#timer = this.#context.wheel.timer(() => {
      this.#flow?.abort()
      this.#context.relay.end()
    })
    this.#timer.set(TRAILING_MS)
  }

  /** The caller wants one object, the upstream streamed: its terminal event carries that object. */
  #finishAssembled(meter: StreamMeter): void {
    this.#trailing = true
    const body = meter.answer
    if (meter.failure) this.#settle({ kind: 'failed', failure: this.#context.judge.stream(meter.failure) })
    else if (!body) this.#settle({ kind: 'failed', failure: this.#context.judge.truncated() })
    else {
      this.#context.call.answer = body
      const headers = { ...passedHeaders(this.#headers), 'content-type': 'application/json' }
      this.#settle({ kind: 'answer', status: this.#status, headers, body, facts: meter.facts })
    }
  }

  #finishUnary(): void {
    const body = join(this.#chunks)
    this.#context.call.answer = body
    const { dialect, judge } = this.#context
    if (this.#status >= 300) {
      this.#settle({
        kind: 'failed',
        failure: judge.answer(this.#context.call, this.#status, this.#headers, body),
      })
      return
    }
    const read = dialect.answer(body)
    if (read === null) {
      this.#settle({
        kind: 'failed',
        failure: judge.answer(this.#context.call, this.#status, this.#headers, body),
      })
      return
    }
    if (read.error) {
      this.#context.call.facts = read.facts
      this.#settle({ kind: 'failed', failure: judge.stream(read.error) })
      return
    }
    this.#settle({
      kind: 'answer',
      status: this.#status,
      headers: passedHeaders(this.#headers),
      body,
      facts: read.facts,
    })
  }

  #settle(result: AttemptResult): void {
    if (this.#settled) return
    this.#settled = true
    if (this.#meter) this.#context.relay.nextSequence = this.#meter.nextSequence
    this.#resolve(result)
  }
}

function join(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks
  return only && chunks.length === 1 ? only : Buffer.concat(chunks)
}
