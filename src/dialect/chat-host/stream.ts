import { EventFrames, frameData, type EventFrame } from '../../lib/event-stream.ts'
import type { StreamError } from '../dialect.ts'
import { isObject, objectOf, objectsOf, stringOf } from '../json-value.ts'
import type { StreamPosition, StreamTranslation } from '../translation.ts'
import { AnswerBuilder } from './answer/answer-builder.ts'
import { EventWriter } from './answer/event-writer.ts'
import type { AnswerPlan } from './request.ts'
import { isFirst, NOT_A_COMPLETION } from './response.ts'

/** Turns the bytes of a chat completion's stream into those of a Responses stream, chunk by chunk. */
export class ResponsesStream implements StreamTranslation {
  readonly #frames = new EventFrames()
  readonly #events = new EventWriter(true)
  readonly #builder: AnswerBuilder
  readonly #completed: ((response: string) => void) | null
  #started = false
  /** The host has begun to say something. */
  #answered = false
  #ended = false
  #failure: StreamError | null = null

  /** Stopping is the business of the dialects that know stop sequences. */
  readonly stopped = false

  /** @param completed hears the Responses object, as JSON, once the answer is complete */
  constructor(plan: AnswerPlan, completed: ((response: string) => void) | null = null) {
    this.#builder = new AnswerBuilder(plan, this.#events)
    this.#completed = completed
  }

  get failure(): StreamError | null {
    return this.#failure
  }

  get closable(): boolean {
    return !this.#ended && this.#failure === null && this.#builder.hasEnding
  }

  get position(): StreamPosition {
    return {
      nextSequence: this.#events.nextSequence,
      responseId: this.#started ? this.#builder.responseId : null,
    }
  }

  push(bytes: Buffer): string {
    this.#frames.push(bytes, this.#frame)
    return this.#events.take()
  }

  end(): string {
    if (this.closable) this.#complete()
    return this.#events.take()
  }

  readonly #frame = (frame: EventFrame): void => {
    if (this.#ended || this.#failure !== null) return
    const data = frameData(frame).toString()
    if (data === '[DONE]') {
      if (this.#answered) this.#complete()
      else this.#failure = NOT_A_COMPLETION
      return
    }
    const chunk = parse(data)
    if (chunk === null) {
      this.#failure = {
        type: 'protocol',
        code: null,
        param: null,
        message: 'The upstream broke its stream: it sent a chunk that is not a JSON object.',
      }
      return
    }
    // An error is the meter's to find.
    if (chunk['error'] !== undefined && chunk['error'] !== null) return
    this.#started = true
    this.#builder.head(chunk)
    for (const choice of objectsOf(chunk['choices'])) {
      if (!isFirst(choice)) continue
      this.#answered = true
      this.#builder.delta(objectOf(choice['delta']), choice['logprobs'])
      const reason = stringOf(choice['finish_reason'])
      if (reason) this.#builder.finish(reason)
    }
  }

  #complete(): void {
    this.#ended = true
    const response = this.#builder.complete()
    this.#completed?.(response)
  }
}

function parse(data: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(data)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
