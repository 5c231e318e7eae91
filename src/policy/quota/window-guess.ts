import { DAY_MS, MINUTE_MS } from './dimension-name.ts'

/** Samples count when the use of the limit differs by so much from the last one's. */
const DISTINCT_USE = 1.2
/** Fewer units used, or less time, and the rounding of the headers decides the result. */
const LEAST_USED = 5
const LEAST_RESET_MS = 10
const REMEMBERED = 4

interface Sample {
  readonly used: number
  readonly windowMs: number
}

/**
 * Finds out in what time a limit refills, from the law `reset = used × window / limit` of a continuously refilling bucket.
 * A header named "requests" may be about requests per day. Where reset means the end of a fixed window the law is broken
 * as soon as the use grows by half, so nothing is concluded.
 */
export class WindowGuess {
  #samples: Sample[] = []

  /** The window in ms once enough samples agree, else null. */
  sample(limit: number, remaining: number, resetMs: number): number | null {
    const used = limit - remaining
    if (used < LEAST_USED || resetMs < LEAST_RESET_MS) return null
    const last = this.#samples.at(-1)
    if (last && ratio(used, last.used) < DISTINCT_USE) return null
    // The header is cut to whole milliseconds.
    this.#samples.push({ used, windowMs: (limit * (resetMs + 0.5)) / used })
    if (this.#samples.length > REMEMBERED) this.#samples.shift()
    return agreed(this.#samples.slice(-2), 1.5, 1.08) ?? agreed(this.#samples, 1.5, 1.15)
  }
}

function agreed(samples: readonly Sample[], useSpread: number, windowSpread: number): number | null {
  const uses = samples.map((sample) => sample.used)
  const windows = samples.map((sample) => sample.windowMs)
  if (samples.length < 2 || ratio(Math.max(...uses), Math.min(...uses)) < useSpread) return null
  if (ratio(Math.max(...windows), Math.min(...windows)) > windowSpread) return null
  return snapped(windows.reduce((sum, window) => sum + window, 0) / windows.length)
}

function ratio(a: number, b: number): number {
  return a > b ? a / b : b / a
}

function snapped(windowMs: number): number {
  for (const usual of [MINUTE_MS, DAY_MS]) {
    if (Math.abs(windowMs / usual - 1) < 0.1) return usual
  }
  return windowMs
}
