/** Times in real milliseconds. */
export interface RampSettings {
  /** Input tokens per minute below which growth is free. */
  readonly above: number
  /** By how much the rate may grow in `everyMs`: 0.5 for half as much again. */
  readonly growth: number
  readonly everyMs: number
  readonly minuteMs: number
}

/**
 * The rule behind `slow_down`: above a threshold the input tokens per minute may grow only so much in
 * fifteen minutes. The rate is the exponential average over a minute. The ceiling grows steadily while it
 * is used and follows the highest recent rate down, never below the threshold.
 */
export class Ramp {
  readonly #settings: RampSettings
  #rate = 0
  #peak = 0
  #ceiling: number
  #at: number

  constructor(settings: RampSettings, now: number) {
    this.#settings = settings
    this.#ceiling = settings.above
    this.#at = now
  }

  /** Input tokens per minute that may flow now. */
  ceiling(now: number): number {
    this.#advance(now)
    return this.#ceiling
  }

  allows(now: number): boolean {
    this.#advance(now)
    return this.#rate < this.#ceiling
  }

  take(inputTokens: number): void {
    this.#rate += inputTokens
    this.#peak = Math.max(this.#peak, this.#rate)
  }

  #advance(now: number): void {
    const elapsed = now - this.#at
    if (elapsed <= 0) return
    this.#at = now
    const { above, growth, everyMs, minuteMs } = this.#settings
    this.#rate *= Math.exp(-elapsed / minuteMs)
    this.#peak = Math.max(this.#rate, this.#peak * Math.exp(-elapsed / everyMs))
    const grown = this.#ceiling * (1 + growth) ** (elapsed / everyMs)
    this.#ceiling = Math.max(above, Math.min(grown, this.#peak * (1 + growth)))
  }
}
