const MEMORY_MS = 10_000
/** What was added within so little of the memory fades as one. */
const GRAIN = 0.01

/** The average of a flow over the last seconds, fading; from the first unit on it is not biased towards zero. */
export class RateMeter {
  #perMs = 0
  #at = 0
  /** Added since then. */
  #fresh = 0
  #since = -1
  readonly #memoryMs: number

  constructor(memoryMs = MEMORY_MS) {
    this.#memoryMs = memoryMs
  }

  add(amount: number, now: number): void {
    if (this.#since < 0) this.#since = now
    this.#fresh += amount
    if (now - this.#at > GRAIN * this.#memoryMs) this.#fade(now)
  }

  /** Units per ms. */
  perMs(now: number): number {
    if (this.#since < 0) return 0
    this.#fade(now)
    // At least a second, or the first request would look like a torrent.
    const age = Math.max(1000, now - this.#since)
    return this.#perMs / (1 - Math.exp(-age / this.#memoryMs))
  }

  /** As if nothing had flowed before the first unit: what arrived lately, spread over the whole memory. */
  spreadPerMs(now: number): number {
    this.#fade(now)
    return this.#perMs
  }

  #fade(now: number): void {
    if (now > this.#at) this.#perMs *= Math.exp((this.#at - now) / this.#memoryMs)
    this.#at = Math.max(this.#at, now)
    this.#perMs += this.#fresh / this.#memoryMs
    this.#fresh = 0
  }
}
