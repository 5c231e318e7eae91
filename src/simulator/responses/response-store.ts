import type { JsonObject } from '../model/json.ts'
import type { Pace } from '../generation/pace.ts'
import type { Frame } from '../generation/reply.ts'

/** A response that can be asked for again. */
export interface StoredResponse {
  readonly id: string
  /** The response object as it stands; a background response changes it. */
  object: JsonObject
  /** The items of its own input, each with an id. */
  readonly input: readonly JsonObject[]
  /** Everything a response that follows it has to read: all input before it, its own, and its output. */
  context: readonly JsonObject[]
  /** Its event stream, where it may be streamed again (`background` with `stream`); null otherwise. */
  replay: { frames(): Iterable<Frame>; pace: Pace; startedAt: number } | null
  /** Stops a background response; null once it is over. */
  cancel: (() => void) | null
  readonly size: number
}

/** Keeps the last stored responses, bounded in number and size. */
export class ResponseStore {
  readonly #responses = new Map<string, StoredResponse>()
  readonly #items = new Map<string, JsonObject>()
  readonly #most: number
  readonly #mostSize: number
  #size = 0

  constructor(most = 5000, mostSize = 64 * 1024 * 1024) {
    this.#most = most
    this.#mostSize = mostSize
  }

  get count(): number {
    return this.#responses.size
  }

  get(id: string): StoredResponse | undefined {
    return this.#responses.get(id)
  }

  /** The stored output item with this id. */
  item(id: string): JsonObject | undefined {
    return this.#items.get(id)
  }

  add(response: StoredResponse): void {
    this.#responses.set(response.id, response)
    this.#size += response.size
    this.addItems(response)
    while (this.#responses.size > this.#most || this.#size > this.#mostSize) {
      const oldest = this.#responses.keys().next()
      if (oldest.done || oldest.value === response.id) break
      this.delete(oldest.value)
    }
  }

  /** Makes the output of a response known by item id. */
  addItems(response: StoredResponse): void {
    for (const item of outputOf(response)) if (typeof item.id === 'string') this.#items.set(item.id, item)
  }

  delete(id: string): boolean {
    const response = this.#responses.get(id)
    if (response === undefined) return false
    this.#responses.delete(id)
    this.#size -= response.size
    for (const item of outputOf(response)) this.#items.delete(String(item.id))
    return true
  }

  clear(): void {
    for (const response of this.#responses.values()) response.cancel?.()
    this.#responses.clear()
    this.#items.clear()
    this.#size = 0
  }
}

function outputOf(response: StoredResponse): JsonObject[] {
  return Array.isArray(response.object.output) ? (response.object.output as JsonObject[]) : []
}
