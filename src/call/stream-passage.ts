import { withoutUsageChunk } from '../dialect/chat-usage-filter.ts'
import type { StreamMeter } from '../dialect/dialect.ts'
import type { Timer } from '../lib/timer-wheel.ts'
import type { Flow, UpstreamHeaders } from '../upstream/upstream.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { SinkContext } from './sink-context.ts'
import type { Failure } from './outcome.ts'
import { passedHeaders } from './passed-headers.ts'

/** After the last event an upstream has this long to close; the client is not kept waiting for it. */
export const TRAILING_MS = 1000

/** What an answer's stream goes through. Exactly one of `end` and `fail` comes last, unless the caller leaves first. */
export interface Passage {
  chunk(bytes: Buffer): void
  end(): void
  fail(failure: Failure): void
  /** The caller left. */
  cancel(): void
}

/**
 * One stream on its way through. Events are passed on whole and as they come, with two exceptions: the preamble
 * (`response.created` and the like) waits a moment, because OpenAI reports rate limits and empty accounts right behind
 * it, inside HTTP 200; and the last event waits until the call has been written down.
 */
export class StreamPassage implements Passage {
  readonly #context: SinkContext
  readonly #headers: UpstreamHeaders
  readonly #flow: Flow
  readonly #settle: (result: AttemptResult) => void
  readonly #meter: StreamMeter
  /** The timer of the preamble, and later of the trailing bytes. */
  readonly #timer: Timer
  /** Whole events not passed on yet, and the beginning of one that is not whole. */
  #held: Buffer[] = []
  #partial: Buffer[] = []
  #holding = false
  #state: 'preamble' | 'passing' | 'finished' | 'trailing' = 'preamble'

  constructor(
    context: SinkContext,
    headers: UpstreamHeaders,
    flow: Flow,
    settle: (result: AttemptResult) => void,
  ) {
    this.#context = context
    this.#headers = headers
    this.#flow = flow
    this.#settle = settle
    this.#meter = context.call.api.meter()
    this.#timer = context.wheel.timer(() => this.#timeIsUp())
    context.relay.onDrain(() => flow.resume())
    if (context.relay.committed) this.#state = 'passing'
  }

  chunk(bytes: Buffer): void {
    const { call, chunkPassed, relay } = this.#context
    chunkPassed?.(call, bytes)
    if (this.#state === 'trailing') {
      relay.write(bytes)
      return
    }
    if (this.#state === 'finished') {
      this.#held.push(bytes)
      return
    }
    this.#take(bytes, this.#meter.push(bytes))
    if (this.#state === 'preamble') {
      if (this.#meter.failure && this.#isAnswer) return this.#failBeforeCommit(this.#meter)
      if (this.#meter.preamble && !this.#meter.failure) return this.#hold()
    }
    if (this.#meter.ended) this.#finish()
    else this.#pass()
  }

  end(): void {
    if (this.#state === 'trailing') return this.#endTrailing()
    if (this.#state === 'finished') {
      this.#state = 'trailing'
      return
    }
    // The stream's own error needs no last event behind it; anything else does.
    if (this.#meter.failure) this.#finish()
    else this.fail(this.#context.judge.truncated())
  }

  fail(failure: Failure): void {
    if (this.#state === 'trailing') return this.#endTrailing()
    if (this.#state === 'finished') {
      this.#state = 'trailing'
      return
    }
    this.#timer.cancel()
    const { relay } = this.#context
    if (relay.committed) {
      relay.nextSequence = this.#meter.nextSequence
      relay.responseId = this.#meter.facts.id
    }
    this.#settle({ kind: 'failed', failure })
  }

  cancel(): void {
    this.#context.call.events = this.#meter.nextSequence
    this.#timer.cancel()
  }

  /** Taking up a stored stream that tells of a failure is no failure. */
  get #isAnswer(): boolean {
    return this.#context.call.arrival.operation.name === 'create'
  }

  /** Sorts a chunk into what is whole by now and what begins an event. */
  #take(bytes: Buffer, whole: number): void {
    if (whole === 0) {
      this.#partial.push(bytes)
      return
    }
    const complete = whole < bytes.length ? bytes.subarray(0, whole) : bytes
    if (this.#context.call.savings.hidesUsage) this.#holdWanted(complete)
    else {
      if (this.#partial.length > 0) this.#held.push(...this.#partial)
      this.#held.push(complete)
    }
    this.#partial = whole < bytes.length ? [bytes.subarray(whole)] : []
  }

  /** The usage was asked for by Spotter, not by the caller. */
  #holdWanted(complete: Buffer): void {
    const events = this.#partial.length === 0 ? complete : Buffer.concat([...this.#partial, complete])
    const wanted = withoutUsageChunk(events)
    if (wanted.length > 0) this.#held.push(wanted)
  }

  /** The moment counts from the first event: an upstream may be silent for long before it. */
  #hold(): void {
    if (this.#holding || this.#held.length === 0) return
    this.#holding = true
    this.#timer.set(this.#context.preambleHoldMs)
  }

  #timeIsUp(): void {
    if (this.#state === 'preamble') this.#pass()
    else if (this.#state === 'trailing') {
      this.#flow.abort()
      this.#endTrailing()
    }
  }

  #pass(): void {
    if (this.#held.length === 0) return
    const { call, relay } = this.#context
    if (this.#state === 'preamble') {
      this.#state = 'passing'
      this.#timer.cancel()
      relay.startStream(passedHeaders(this.#headers))
    }
    if (call.firstByteAt === 0) call.firstByteAt = performance.now()
    let room = true
    for (const bytes of this.#held) room = relay.write(bytes) && room
    this.#held = []
    if (!room) this.#flow.pause()
  }

  #failBeforeCommit({ failure }: StreamMeter): void {
    if (!failure) return
    this.#timer.cancel()
    this.#settle({ kind: 'failed', failure: this.#context.judge.stream(failure) })
    this.#flow.abort()
  }

  #finish(): void {
    const { judge } = this.#context
    this.#timer.cancel()
    this.#state = 'finished'
    const [only] = this.#held
    const last = only && this.#held.length === 1 ? only : Buffer.concat(this.#held)
    this.#held = this.#partial
    this.#partial = []
    this.#settle({
      kind: 'stream',
      headers: passedHeaders(this.#headers),
      facts: this.#meter.facts,
      error: this.#meter.failure && this.#isAnswer ? judge.stream(this.#meter.failure) : null,
      last,
      trail: () => this.#trail(),
    })
  }

  #trail(): void {
    const { relay } = this.#context
    for (const bytes of this.#held) relay.write(bytes)
    this.#held = []
    if (this.#state === 'trailing') return this.#endTrailing()
    this.#state = 'trailing'
    this.#timer.set(TRAILING_MS)
  }

  #endTrailing(): void {
    this.#timer.cancel()
    this.#context.relay.end()
  }
}
