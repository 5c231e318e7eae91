import type { StreamMeter } from '../dialect/dialect.ts'
import type { StreamTranslation } from '../dialect/translation.ts'
import type { Timer } from '../lib/timer-wheel.ts'
import type { Flow, UpstreamHeaders } from '../upstream/upstream.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { SinkContext } from './sink-context.ts'
import { untranslatable } from './gateway-failures.ts'
import type { Failure } from './outcome.ts'
import { passedHeaders } from './passed-headers.ts'
import { TRAILING_MS, type Passage } from './stream-passage.ts'

/**
 * One stream on its way into the caller's dialect. The rules of `StreamPassage` hold here too: the preamble waits a
 * moment, the last event waits until the call has been written down. Errors are never passed on as they came: the call
 * fails, and is told so in the caller's dialect.
 */
export class TranslatedPassage implements Passage {
  readonly #context: SinkContext
  readonly #headers: UpstreamHeaders
  readonly #flow: Flow
  readonly #settle: (result: AttemptResult) => void
  readonly #meter: StreamMeter
  readonly #translation: StreamTranslation
  /** The timer of the preamble, and later of an upstream that does not close. */
  readonly #timer: Timer
  /** Translated and not passed on yet. */
  #text = ''
  #holding = false
  #state: 'preamble' | 'passing' | 'over' = 'preamble'

  constructor(
    context: SinkContext,
    headers: UpstreamHeaders,
    flow: Flow,
    translation: StreamTranslation,
    settle: (result: AttemptResult) => void,
  ) {
    this.#context = context
    this.#headers = headers
    this.#flow = flow
    this.#translation = translation
    this.#settle = settle
    this.#meter = context.call.api.meter()
    this.#timer = context.wheel.timer(() => this.#timeIsUp())
    context.relay.onDrain(() => flow.resume())
  }

  chunk(bytes: Buffer): void {
    if (this.#state === 'over') return
    this.#meter.push(bytes)
    this.#text += this.#translation.push(bytes)
    if (this.#meter.failure) {
      this.#context.call.facts = this.#meter.facts
      this.#break(this.#context.judge.stream(this.#meter.failure))
    } else if (this.#translation.failure) this.#break(untranslatable(this.#translation.failure))
    else if (this.#meter.ended) this.#finish()
    else if (this.#translation.stopped) this.#cutShort()
    else if (this.#state === 'passing' || !this.#meter.preamble) this.#pass()
    else this.#hold()
  }

  end(): void {
    if (this.#state !== 'over' && this.#translation.closable === true) {
      this.#text += this.#translation.end()
      this.#finish()
      this.#timer.cancel()
    } else if (this.#state === 'over') this.#timer.cancel()
    else this.fail(this.#context.judge.truncated())
  }

  fail(failure: Failure): void {
    this.#timer.cancel()
    if (this.#state === 'over') return
    // What the caller has seen the beginning of, it gets as far as it came.
    if (this.#state === 'passing') this.#pass()
    this.#state = 'over'
    this.#tellPosition()
    this.#settle({ kind: 'failed', failure })
  }

  cancel(): void {
    this.#context.call.events = this.#meter.nextSequence
    this.#timer.cancel()
  }

  /** An error event of ours comes behind what the caller has seen. */
  #tellPosition(): void {
    const { relay } = this.#context
    const { position } = this.#translation
    if (!relay.committed) return
    relay.nextSequence = position?.nextSequence ?? this.#meter.nextSequence
    relay.responseId = position ? position.responseId : this.#meter.facts.id
  }

  #break(failure: Failure): void {
    this.fail(failure)
    this.#flow.abort()
  }

  /** The moment counts from the first event. */
  #hold(): void {
    if (this.#holding || this.#text === '') return
    this.#holding = true
    this.#timer.set(this.#context.preambleHoldMs)
  }

  #timeIsUp(): void {
    if (this.#state === 'over') this.#flow.abort()
    else this.#pass()
  }

  #pass(): void {
    if (this.#text === '') return
    const { relay } = this.#context
    if (this.#state === 'preamble') {
      this.#state = 'passing'
      this.#timer.cancel()
      relay.startStream(passedHeaders(this.#headers))
    }
    if (!relay.write(this.#take())) this.#flow.pause()
  }

  /** A stop sequence that the upstream does not know has been reached: what it would still write, nobody needs. */
  #cutShort(): void {
    const { call } = this.#context
    call.cutShort = true
    call.events = this.#meter.nextSequence
    this.#text += this.#translation.end()
    this.#finish()
    this.#timer.cancel()
    this.#flow.abort()
  }

  #finish(): void {
    this.#state = 'over'
    this.#timer.cancel()
    this.#settle({
      kind: 'stream',
      headers: passedHeaders(this.#headers),
      facts: this.#meter.facts,
      error: null,
      last: this.#take(),
      trail: () => this.#context.relay.end(),
    })
    this.#timer.set(TRAILING_MS)
  }

  #take(): Buffer {
    const { call, chunkPassed } = this.#context
    if (call.firstByteAt === 0) call.firstByteAt = performance.now()
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    if (bytes.length > 0) chunkPassed?.(call, bytes)
    return bytes
  }
}
