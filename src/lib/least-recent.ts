/** A map that holds so many entries at most: the one that was not asked for longest goes first. */
export class LeastRecent<Key, Value> {
  readonly #entries = new Map<Key, Value>()
  readonly #most: number
  readonly #forgotten: ((value: Value) => void) | undefined

  /** @param forgotten told of every value that had to go */
  constructor(most: number, forgotten?: (value: Value) => void) {
    this.#most = most
    this.#forgotten = forgotten
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** The same entry under another key. */
  rename(from: Key, to: Key): void {
    const value = this.#entries.get(from)
    if (value === undefined) return
    this.#entries.delete(from)
    this.#entries.set(to, value)
  }

  delete(key: Key): void {
    this.#entries.delete(key)
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#most) return
    const [oldest] = this.#entries
    if (!oldest) return
    this.#entries.delete(oldest[0])
    this.#forgotten?.(oldest[1])
  }

  /** The value of that key, made where there is none. */
  getOr(key: Key, make: () => Value): Value {
    const known = this.get(key)
    if (known !== undefined) return known
    const made = make()
    this.set(key, made)
    return made
  }
}
