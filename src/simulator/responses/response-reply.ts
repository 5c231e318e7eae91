import type { Clock } from '../../lib/clock.ts'
import type { FailureEvent } from '../faults/fault.ts'
import type { Frame, Reply } from '../generation/reply.ts'
import type { ErrorFields } from '../http/api-error.ts'
import type { JsonObject } from '../model/json.ts'
import type { Answer } from '../model/prompt.ts'
import type { Ending, Price } from '../plugs.ts'
import type { OutputItem } from './output-items.ts'
import type { ResponsesRequest } from './read-request.ts'
import { failedResponseFrames, responseFrames } from './response-events.ts'
import { failedResponse, responseUsage } from './response-object.ts'
import type { ResponseStore, StoredResponse } from './response-store.ts'

export interface ResponseParts {
  /** The object as it was created. */
  readonly created: JsonObject
  readonly answer: Answer
  readonly items: readonly OutputItem[]
  readonly price: Price
  readonly inputTokens: number
  readonly serviceTier: string
  readonly clock: Clock
  readonly obfuscate: boolean
  readonly logprobs: boolean
}

/** An answer of the Responses API, whole and as a stream. */
export class ResponseReply implements Reply {
  readonly ending: Ending
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly webSearches: number
  readonly wait: number
  readonly id: string
  readonly #parts: ResponseParts
  #final: JsonObject | null = null
  #stored: StoredResponse | null = null

  constructor(parts: ResponseParts) {
    const { answer, items } = parts
    this.#parts = parts
    this.id = String(parts.created.id)
    this.ending = answer.ending === 'stop' ? 'completed' : 'incomplete'
    this.outputTokens = answer.outputTokens
    this.reasoningTokens = answer.reasoning?.tokens ?? 0
    this.webSearches = items.filter((item) => item.kind === 'web_search_call').length
    this.wait = answer.wait
  }

  body(): JsonObject {
    return this.#finalObject()
  }

  frames(): Iterable<Frame> {
    return responseFrames(this.#streamed())
  }

  failedBody(error: ErrorFields): JsonObject {
    return this.#fail(error)
  }

  failedFrames(error: ErrorFields, events: readonly FailureEvent[], late: boolean): Iterable<Frame> {
    return failedResponseFrames(this.#streamed(), error, events, late)
  }

  /** The object of a background response that has not started, runs, or was cancelled. */
  standing(status: 'queued' | 'in_progress' | 'cancelled'): JsonObject {
    return { ...this.#parts.created, status }
  }

  /** Stores the response; a response that follows it reads its items. */
  keepIn(store: ResponseStore, request: ResponsesRequest): void {
    const { created, items } = this.#parts
    const output = items.map((item) => item.done)
    const input = request.input.map((item, index) =>
      typeof item.id === 'string'
        ? item
        : { id: `msg_${this.id.slice(5, 31)}${index.toString(16).padStart(24, '0')}`, ...item },
    )
    this.#stored = {
      id: this.id,
      object: { ...created, output },
      input,
      context: [...request.before, ...request.input, ...output],
      replay: null,
      cancel: null,
      size: request.generation.characters * 2 + 2000,
    }
    store.add(this.#stored)
  }

  get stored(): StoredResponse | null {
    return this.#stored
  }

  #streamed(): Parameters<typeof responseFrames>[0] {
    const { created, items, obfuscate, logprobs } = this.#parts
    return {
      items,
      snapshot: (moment) => (moment === 'final' ? this.#finalObject() : { ...created, status: moment }),
      failed: (error) => this.#fail(error),
      background: created.background === true,
      obfuscate,
      logprobs,
    }
  }

  // Made once: a stream that is played again must tell the same.
  #finalObject(): JsonObject {
    if (this.#final !== null) return this.#final
    const { created, answer, items, price, inputTokens, serviceTier, clock } = this.#parts
    const complete = this.ending === 'completed'
    this.#final = {
      ...created,
      status: this.ending,
      completed_at: complete ? Math.floor(clock.wall() / 1000) : null,
      incomplete_details: complete ? null : { reason: answer.ending },
      output: items.map((item) => item.done),
      service_tier: serviceTier,
      usage: responseUsage(inputTokens, this.outputTokens, this.reasoningTokens, price),
      ...(price.diagnostics === undefined
        ? {}
        : { prompt_cache_diagnostics: price.diagnostics as JsonObject }),
      ...(this.webSearches === 0 ? {} : { tool_usage: searchUsage(created, this.webSearches) }),
    }
    if (this.#stored !== null) this.#stored.object = this.#final
    return this.#final
  }

  #fail(error: ErrorFields): JsonObject {
    const failed = failedResponse(this.#parts.created, error)
    if (this.#stored !== null) {
      this.#stored.object = failed
      this.#stored.context = this.#stored.context.slice(0, -this.#parts.items.length || undefined)
    }
    return failed
  }
}

function searchUsage(created: JsonObject, searches: number): JsonObject {
  return { ...(created.tool_usage as JsonObject), web_search: { num_requests: searches } }
}
