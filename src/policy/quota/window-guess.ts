import { DAY_MS, MINUTE_MS } from './dimension-name.ts'

/** So many samples must agree, each at a clearly different use of the limit. */
const AGREEING = 4
const DISTINCT_USE = 1.2
const TOLERANCE = 0.15
/** Fewer units used, or less time, and the rounding of the headers decides the result. */
const LEAST_USED = 5
const LEAST_RESET_MS = 20

/**
 * Finds out in what time a limit refills, from the law `reset = used × window / limit` of a continuously refilling bucket.
 * A header named "requests" may be about requests per day. Hosts whose reset means the end of a fixed window break the
 * law as their use grows, so nothing is concluded from them.
 */
export class WindowGuess {
  #samples: number[] = []
  #lastUsed = 0

  /** The window in ms once enough samples agree, else null. */
  sample(limit: number, remaining: number, resetMs: number): number | null {
    const used = limit - remaining
    if (used < LEAST_USED || resetMs < LEAST_RESET_MS) return null
    const ratio = used / this.#lastUsed
    if (this.#lastUsed > 0 && ratio < DISTINCT_USE && ratio > 1 / DISTINCT_USE) return null
    this.#lastUsed = used
    this.#samples.push((limit * resetMs) / used)
    if (this.#samples.length > AGREEING) this.#samples.shift()
    if (this.#samples.length < AGREEING) return null
    const least = Math.min(...this.#samples)
    const most = Math.max(...this.#samples)
    if (most > least * (1 + TOLERANCE)) return null
    return snapped(this.#samples.reduce((sum, window) => sum + window, 0) / AGREEING)
  }
}

function snapped(windowMs: number): number {
  for (const usual of [MINUTE_MS, DAY_MS]) {
    if (Math.abs(windowMs / usual - 1) < 0.1) return usual
  }
  return windowMs
}
