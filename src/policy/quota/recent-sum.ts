const BINS = 60

/** What was added within the last minute (or another span), to about a sixtieth of it. */
export class RecentSum {
  readonly #bins = new Float64Array(BINS)
  readonly #binMs: number
  #bin = 0

  constructor(spanMs: number) {
    this.#binMs = spanMs / BINS
  }

  add(amount: number, now: number): void {
    this.#turn(now)
    const bin = this.#bin % BINS
    this.#bins[bin] = (this.#bins[bin] ?? 0) + amount
  }

  sum(now: number): number {
    this.#turn(now)
    return this.#bins.reduce((sum, amount) => sum + amount, 0)
  }

  /** Empties the bins between the last look and now. */
  #turn(now: number): void {
    const bin = Math.floor(now / this.#binMs)
    const first = Math.max(this.#bin + 1, bin - BINS + 1)
    for (let passed = first; passed <= bin; passed++) this.#bins[passed % BINS] = 0
    this.#bin = Math.max(this.#bin, bin)
  }
}
