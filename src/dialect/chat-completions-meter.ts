import type { AnswerFacts } from '../call/outcome.ts'
import { EventFrames, frameData, type EventFrame } from '../lib/event-stream.ts'
import { isEnvelope, parsed, readEnvelope, stringValue } from '../lib/json-envelope.ts'
import { chatUsage, noFacts } from './answer-facts.ts'
import type { StreamError, StreamMeter } from './dialect.ts'
import { ENDED_IN_ERROR, ERROR_REASON, finishReasonIn } from './finish-reason.ts'
import { readStreamError } from './openai-error.ts'

const DONE = Buffer.from('[DONE]')
const USAGE = Buffer.from('"usage"')
/** How the data of an ordinary chunk begins; anything else is looked into. */
const ORDINARY = Buffer.from('{"id":')

/**
 * Watches a stream of Chat chunks. Of an ordinary chunk only its finish reason and its usage are searched for; the first ones
 * are read for the answer's id and model, and to tell an announcement from content.
 */
export class ChatCompletionsMeter implements StreamMeter {
  readonly #frames = new EventFrames()
  readonly #take = (frame: EventFrame): void => this.#onFrame(frame)
  #preamble = true
  #ended = false
  #failure: StreamError | null = null
  #id: string | null = null
  #model: string | null = null
  #serviceTier: string | null = null
  #stopReason: string | null = null
  /** The latest chunk with a usage in it; read when asked for. */
  #lastUsage: Buffer | null = null
  #events = 0

  /** A chunk carries a part of the answer, never the whole. */
  readonly answer = null

  push(chunk: Buffer): number {
    return this.#frames.push(chunk, this.#take)
  }

  get preamble(): boolean {
    return this.#preamble
  }

  get ended(): boolean {
    return this.#ended
  }

  get failure(): StreamError | null {
    return this.#failure
  }

  get facts(): AnswerFacts {
    const last = this.#lastUsage ? readEnvelope(this.#lastUsage) : null
    const end = last && isEnvelope(last) ? last : null
    return {
      ...noFacts,
      id: this.#id,
      model: this.#model,
      serviceTier: (end && stringValue(end, 'service_tier')) ?? this.#serviceTier,
      stopReason: this.#stopReason,
      usage: end ? chatUsage(parsed(end, 'usage')) : null,
    }
  }

  get nextSequence(): number {
    return this.#events
  }

  #onFrame(frame: EventFrame): void {
    const { bytes, start, end } = frame
    if (end - start === DONE.length && bytes.compare(DONE, 0, DONE.length, start, end) === 0) {
      this.#ended = true
      this.#preamble = false
      return
    }
    this.#events++
    const data = frameData(frame)
    if (this.#preamble || frame.event === 'error' || !beginsWith(ORDINARY, data)) this.#read(data)
    const reason = finishReasonIn(data)
    if (reason !== null) {
      this.#stopReason = reason
      // Some hosts put an error into a chunk of ordinary form.
      if (reason === ERROR_REASON) {
        this.#read(data)
        this.#failure ??= ENDED_IN_ERROR
      }
    }
    if (hasUsage(data)) this.#lastUsage = data
  }

  #read(data: Buffer): void {
    const chunk = readEnvelope(data)
    if (!isEnvelope(chunk)) {
      this.#preamble = false
      return
    }
    const error = readStreamError(chunk)
    if (error) this.#failure ??= error
    this.#id ??= stringValue(chunk, 'id') ?? null
    this.#model ??= stringValue(chunk, 'model') ?? null
    this.#serviceTier ??= stringValue(chunk, 'service_tier') ?? null
    if (this.#preamble && !error && !announces(parsed(chunk, 'choices'))) this.#preamble = false
  }
}

/** True for a chunk that only says who is going to speak: `{"role":"assistant","content":""}`. */
function announces(choices: unknown): boolean {
  if (!Array.isArray(choices)) return false
  return choices.every((choice: unknown) => {
    const { delta, finish_reason: reason } = (choice ?? {}) as { delta?: unknown; finish_reason?: unknown }
    if (typeof delta !== 'object' || delta === null || (reason ?? null) !== null) return false
    return Object.entries(delta).every(
      ([key, value]) =>
        key === 'role' || value === null || value === '' || (Array.isArray(value) && value.length === 0),
    )
  })
}

/** Usage stands at the end of a chunk, as null in all but the last one. */
function hasUsage(data: Buffer): boolean {
  let at = data.lastIndexOf(USAGE)
  if (at < 0) return false
  at += USAGE.length
  while (at < data.length && (data[at] === 0x20 || data[at] === 0x3a)) at++
  return data[at] === 0x7b
}

function beginsWith(prefix: Buffer, data: Buffer): boolean {
  for (let index = 0; index < prefix.length; index++) if (data[index] !== prefix[index]) return false
  return true
}
