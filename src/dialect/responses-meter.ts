import type { AnswerFacts } from '../call/outcome.ts'
import { EventFrames, type EventFrame } from '../lib/event-stream.ts'
import { isEnvelope, nested, readEnvelope, slice, stringValue, type Envelope } from '../lib/json-envelope.ts'
import { announcedId, beginningOf } from './announcement.ts'
import { noFacts, responseFacts } from './answer-facts.ts'
import type { StreamError, StreamMeter } from './dialect.ts'
import { fieldsOf, readStreamError } from './openai-error.ts'

/** They announce an answer; what the caller waits for comes behind them, and so do OpenAI's refusals inside HTTP 200. */
const preambleEvents: ReadonlySet<string> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
])

const SEQUENCE = /"sequence_number":\s?(\d{1,15})/

/**
 * Watches a stream of Responses events. Ordinary events cost a comparison of their name; only the first and the last ones are
 * looked into, and of those only the top levels.
 */
export class ResponsesMeter implements StreamMeter {
  readonly #frames = new EventFrames()
  readonly #take = (frame: EventFrame): void => this.#onFrame(frame)
  #preamble = true
  #ended = false
  #failure: StreamError | null = null
  #facts: AnswerFacts = noFacts
  #answer: Buffer | null = null
  #firstSequence = 0
  #events = 0

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
    return this.#facts
  }

  get answer(): Buffer | null {
    return this.#answer
  }

  get nextSequence(): number {
    return this.#firstSequence + this.#events
  }

  #onFrame(frame: EventFrame): void {
    if (this.#events === 0) this.#begin(frame)
    const name = frame.event === '' || frame.event === 'message' ? typeInData(frame) : frame.event
    if (name === DONE) {
      // Some hosts end their streams as Chat does, on top of the terminal event.
      if (this.#failure) this.#ended = true
      return
    }
    this.#events++
    switch (name) {
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        this.#end(frame, name === 'response.failed')
        return
      case 'error':
        this.#fail(readEvent(frame))
        return
      default:
        if (this.#preamble && !preambleEvents.has(name)) this.#preamble = false
    }
  }

  /** The numbers of a stream have no gaps, so the first one and a count give the next. A resumed stream does not begin at 0. */
  #begin(frame: EventFrame): void {
    const beginning = beginningOf(frame)
    this.#firstSequence = Number(SEQUENCE.exec(beginning)?.[1] ?? 0)
    const id = announcedId(beginning)
    if (id !== null) this.#facts = { ...noFacts, id }
  }

  #end(frame: EventFrame, failed: boolean): void {
    this.#ended = true
    this.#preamble = false
    const event = readEvent(frame)
    const response = event && nested(event, 'response')
    if (!event || !response) {
      if (failed) this.#fail(null)
      return
    }
    const facts = responseFacts(response)
    this.#facts = facts.id === null ? { ...facts, id: this.#facts.id } : facts
    this.#answer = slice(event, 'response') ?? null
    if (failed) this.#fail(response)
  }

  /** The `error` event comes first and says more than the `response.failed` behind it. */
  #fail(event: Envelope | null): void {
    const error = event && (readStreamError(event) ?? flatError(event))
    if (this.#failure?.code || (this.#failure && !error)) return
    this.#failure = error ?? { type: null, code: null, param: null, message: null }
  }
}

const DONE = '[DONE]'

const TYPE_FIRST = /^\{\s?"type":\s?"([\w.]+)"/

/** The name of an event that came without an `event:` line: nearly always the first thing in its data. */
function typeInData(frame: EventFrame): string {
  const beginning = frame.bytes.toString('latin1', frame.start, Math.min(frame.end, frame.start + 100))
  if (beginning === DONE) return DONE
  const first = TYPE_FIRST.exec(beginning)?.[1]
  if (first !== undefined) return first
  const event = readEvent(frame)
  return (event && stringValue(event, 'type')) ?? ''
}

function readEvent(frame: EventFrame): Envelope | null {
  const event = readEnvelope(frame.bytes, frame.start, frame.end)
  return isEnvelope(event) ? event : null
}

/** `{"type":"error","code":…,"message":…}`: the form of OpenAI's own types, seen at other hosts. */
function flatError(event: Envelope): StreamError | null {
  const fields = fieldsOf(event)
  if (stringValue(event, 'object') === 'response' || (fields.code === null && fields.message === null))
    return null
  return { ...fields, type: null }
}
