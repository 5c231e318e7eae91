import type { StreamMeter } from '../dialect/dialect.ts'
import type { StreamTranslation } from '../dialect/translation.ts'
import type { Flow, ResponseSink, UpstreamHeaders } from '../upstream/upstream.ts'
import type { AttemptResult } from './attempt-result.ts'
import { untranslatable } from './gateway-failures.ts'
import type { AnswerFacts, Failure } from './outcome.ts'
import { passedHeaders } from './passed-headers.ts'
import type { ReplyHeaders } from './reply.ts'
import type { SinkContext } from './sink-context.ts'
import { StreamPassage, type Passage } from './stream-passage.ts'
import { TranslatedPassage } from './translated-passage.ts'

/**
 * Receives one upstream answer: collects a unary one whole, so that a connection lost in its middle or a
 * `status: "failed"` in it can still be retried, and hands a stream to its passage.
 */
export class AnswerSink implements ResponseSink {
  readonly #context: SinkContext
  readonly #resolve: (result: AttemptResult) => void
  #translation: StreamTranslation | null = null
  #passage: Passage | null = null
  #assembling: StreamMeter | null = null
  #chunks: Buffer[] = []
  #headers: UpstreamHeaders = {}
  #status = 0
  #settled = false

  constructor(context: SinkContext, resolve: (result: AttemptResult) => void) {
    this.#context = context
    this.#resolve = resolve
  }

  sent(): void {
    const { attempt, call } = this.#context
    attempt.sentAt = performance.now()
    // The upstream thinks now: what its answer will need is made before it comes, while nobody waits for us.
    if (call.streaming && call.translation) this.#translation = call.translation.stream()
  }

  head(status: number, headers: UpstreamHeaders, flow: Flow): void {
    const { attempt, call } = this.#context
    attempt.headAt = performance.now()
    attempt.status = status
    this.#status = status
    this.#headers = headers
    this.#context.headArrived(status, headers)
    const type = headers['content-type']
    if (status >= 300 || typeof type !== 'string' || !type.startsWith('text/event-stream')) return
    if (call.streaming) {
      const settle = (result: AttemptResult) => this.#settle(result)
      this.#passage = call.translation
        ? new TranslatedPassage(
            this.#context,
            headers,
            flow,
            this.#translation ?? call.translation.stream(),
            settle,
          )
        : new StreamPassage(this.#context, headers, flow, settle)
    } else {
      this.#assembling = call.api.meter()
    }
  }

  chunk(bytes: Buffer): void {
    if (this.#passage) this.#passage.chunk(bytes)
    else if (!this.#assembling) this.#chunks.push(bytes)
    else if (!this.#settled) {
      this.#assembling.push(bytes)
      if (this.#assembling.ended) this.#finishAssembled(this.#assembling)
    }
  }

  end(): void {
    if (this.#passage) this.#passage.end()
    else if (this.#assembling) this.#finishAssembled(this.#assembling)
    else this.#finishUnary()
  }

  fail(failure: Failure): void {
    if (this.#passage) this.#passage.fail(failure)
    else this.#settle({ kind: 'failed', failure })
  }

  /** The caller left. */
  cancel(): void {
    this.#passage?.cancel()
    this.#settle({ kind: 'cancelled' })
  }

  /** The caller wants one object, the upstream streamed: its last event carries that object. */
  #finishAssembled(meter: StreamMeter): void {
    const { call, judge } = this.#context
    const body = meter.answer
    if (meter.failure) this.#settle({ kind: 'failed', failure: judge.stream(meter.failure) })
    else if (!body) this.#settle({ kind: 'failed', failure: judge.truncated() })
    else {
      call.answer = body
      this.#answer(body, { ...passedHeaders(this.#headers), 'content-type': 'application/json' }, meter.facts)
    }
  }

  #finishUnary(): void {
    const { call, judge } = this.#context
    const [only] = this.#chunks
    const body = only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks)
    call.answer = body
    const read = this.#status < 300 ? call.api.answer(body) : null
    if (!read) {
      this.#settle({ kind: 'failed', failure: judge.answer(call, this.#status, this.#headers, body) })
    } else if (read.error && call.arrival.operation.name === 'create') {
      call.facts = read.facts
      this.#settle({ kind: 'failed', failure: judge.stream(read.error) })
    } else {
      this.#answer(body, passedHeaders(this.#headers), read.facts)
    }
  }

  #answer(body: Buffer, headers: ReplyHeaders, facts: AnswerFacts): void {
    const { call, relay } = this.#context
    if (!call.translation) {
      this.#settle({ kind: 'answer', status: this.#status, headers, body, facts })
      return
    }
    const whole = call.translation.whole(body, call.streaming)
    if (!whole.ok) {
      call.facts = facts
      this.#settle({ kind: 'failed', failure: untranslatable(whole.error) })
      return
    }
    call.answer = whole.body
    if (!call.streaming) {
      this.#settle({ kind: 'answer', status: this.#status, headers, body: whole.body, facts })
      return
    }
    // The host does not stream; the caller gets all its events at once.
    const stream = { ...headers, 'content-type': 'text/event-stream; charset=utf-8' }
    this.#context.chunkPassed?.(call, whole.body)
    const trail = () => relay.end()
    this.#settle({ kind: 'stream', headers: stream, facts, error: null, last: whole.body, trail })
  }

  #settle(result: AttemptResult): void {
    if (this.#settled) return
    this.#settled = true
    this.#resolve(result)
  }
}
