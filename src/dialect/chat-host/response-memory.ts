import { listOf, objectOf, textOf } from '../json-value.ts'

/** A conversation up to and with one answer. */
interface Remembered {
  readonly items: readonly unknown[]
  /** An upper bound of what it holds: conversations share what they have in common. */
  readonly bytes: number
}

export interface MemoryBounds {
  readonly responses: number
  readonly bytes: number
}

/**
 * What `previous_response_id` refers to where the host keeps nothing: the latest answers with all that led to them. Each
 * is known to the rollout (or session) that asked for it and to nobody else. The least recently used go first.
 */
export class ResponseMemory {
  readonly #bounds: MemoryBounds
  readonly #remembered = new Map<string, Remembered>()
  #bytes = 0

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#remembered.size
  }

  /** The items that the answer with that id ends; null where it is not known, or not any more. */
  recall(scope: string, id: string): readonly unknown[] | null {
    const key = keyOf(scope, id)
    const found = this.#remembered.get(key)
    if (!found) return null
    this.#remembered.delete(key)
    this.#remembered.set(key, found)
    return found.items
  }

  /**
   * @param earlier what `recall` gave for the request that led here
   * @param input of that request, as it came
   * @param response the answer as JSON
   */
  remember(scope: string, earlier: readonly unknown[], input: unknown, response: string): void {
    const { id, output } = objectOf(JSON.parse(response))
    const asked = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
    const items = [...earlier, ...asked, ...listOf(output)]
    const bytes = items.reduce<number>((sum, item) => sum + JSON.stringify(item).length, 0)
    const key = keyOf(scope, textOf(id))
    this.#forget(key)
    this.#remembered.set(key, { items, bytes })
    this.#bytes += bytes
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= this.#bounds.responses && this.#bytes <= this.#bounds.bytes) return
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    const found = this.#remembered.get(key)
    if (!found) return
    this.#remembered.delete(key)
    this.#bytes -= found.bytes
  }
}

function keyOf(scope: string, id: string): string {
  return JSON.stringify([scope, id])
}
