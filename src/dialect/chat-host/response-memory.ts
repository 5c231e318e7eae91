import { listOf, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../json-value.ts'

/** A conversation up to and with one answer. */
interface Remembered {
  readonly scope: string
  readonly items: readonly unknown[]
  /** So many of the items led to the answer; the rest are its own. */
  readonly inputs: number
  /** The answer, which shares its items. */
  readonly response: JsonObject
  /** An upper bound of what it holds: conversations share what they have in common. */
  readonly bytes: number
}

export interface MemoryBounds {
  readonly responses: number
  readonly bytes: number
}

/** An answer as it was given, and what it was given to. */
export interface RememberedAnswer {
  readonly response: JsonObject
  readonly input: readonly unknown[]
}

/**
 * What `previous_response_id` refers to where the host keeps nothing: the latest answers with all that led to them. Each
 * is known to the rollout (or session) that asked for it and to nobody else. The least recently used go first.
 */
export class ResponseMemory {
  readonly #bounds: MemoryBounds
  readonly #remembered = new Map<string, Remembered>()
  /** Items of answers, by scope and id: which answer each is of. */
  readonly #owners = new Map<string, string>()
  #bytes = 0

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#remembered.size
  }

  /** The items that the answer with that id ends; null where it is not known, or not any more. */
  recall(scope: string, id: string): readonly unknown[] | null {
    return this.#use(keyOf(scope, id))?.items ?? null
  }

  /** The answer with that id; null where it is not known, or not any more. */
  find(scope: string, id: string): RememberedAnswer | null {
    const found = this.#use(keyOf(scope, id))
    return found && { response: found.response, input: found.items.slice(0, found.inputs) }
  }

  /** The item of an answer with that id; null where it is not known, or not any more. */
  item(scope: string, id: string): JsonObject | null {
    const owner = this.#owners.get(keyOf(scope, id))
    const found = owner === undefined ? null : this.#use(owner)
    return found === null ? null : (outputOf(found).find((item) => item['id'] === id) ?? null)
  }

  /** Forgets the answer with that id; what was built on it stays. */
  forget(scope: string, id: string): void {
    this.#forget(keyOf(scope, id))
  }

  #use(key: string): Remembered | null {
    const found = this.#remembered.get(key)
    if (!found) return null
    this.#remembered.delete(key)
    this.#remembered.set(key, found)
    return found
  }

  /**
   * @param earlier what `recall` gave for the request that led here
   * @param input of that request, as it came
   * @param text the answer as JSON
   */
  remember(scope: string, earlier: readonly unknown[], input: unknown, text: string): void {
    const response = objectOf(JSON.parse(text))
    const asked = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
    const led = [...earlier, ...asked]
    const items = [...led, ...listOf(response['output'])]
    const bytes = led.reduce<number>((sum, item) => sum + JSON.stringify(item).length, text.length)
    const key = keyOf(scope, textOf(response['id']))
    this.#forget(key)
    const remembered = { scope, items, inputs: led.length, response, bytes }
    this.#remembered.set(key, remembered)
    for (const itemKey of itemKeysOf(remembered)) this.#owners.set(itemKey, key)
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
    for (const itemKey of itemKeysOf(found))
      if (this.#owners.get(itemKey) === key) this.#owners.delete(itemKey)
  }
}

function outputOf({ response }: Remembered): readonly JsonObject[] {
  return objectsOf(response['output'])
}

function itemKeysOf(remembered: Remembered): readonly string[] {
  return outputOf(remembered).flatMap((item) => {
    const id = stringOf(item['id'])
    return id === null ? [] : [keyOf(remembered.scope, id)]
  })
}

function keyOf(scope: string, id: string): string {
  return JSON.stringify([scope, id])
}
