import { limitLabel } from '../quota/dimension-name.ts'
import type { QuotaDimension } from '../quota/quota-dimension.ts'

/** A wait for a day's limit is worth telling from here on; a minute's limit never makes one of this length. */
const LONG_WAIT_MS = 60_000
/** It is over once so much is left of it. */
const FREE_AGAIN = 0.05

/** Remembers that calls wait for a day's limit which is used up, though nothing was refused: headers had told how much was left. */
export class UsedUpStock {
  #dimension: QuotaDimension | null = null
  #until = 0

  /** Until the next call may go. */
  leftMs(now: number): number {
    return this.#dimension ? Math.max(0, this.#until - now) : 0
  }

  get reason(): string | null {
    const { limit, name, windowMs } = this.#dimension ?? {}
    if (limit === undefined || name === undefined || windowMs === undefined) return null
    return `the limit of ${limit} ${limitLabel(name, windowMs)} is used up`
  }

  /** The next call has to wait for so long. True when that is news. */
  waits(ms: number, stocks: readonly QuotaDimension[], now: number): boolean {
    if (ms < LONG_WAIT_MS || ms === Infinity) return false
    let scarcest: QuotaDimension | null = null
    for (const stock of stocks) if (share(stock) < share(scarcest)) scarcest = stock
    if (!scarcest) return false
    const isNews = this.#dimension !== scarcest
    this.#dimension = scarcest
    this.#until = now + ms
    return isNews
  }

  passed(): void {
    this.#until = 0
    if (share(this.#dimension) > FREE_AGAIN) this.#dimension = null
  }
}

function share(dimension: QuotaDimension | null): number {
  return dimension?.stock ? dimension.stock.left / (dimension.limit ?? Infinity) : Infinity
}
