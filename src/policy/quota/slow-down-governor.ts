export const HOLD_MS = 60_000
export const CUT = 0.8
/** Asked again while still holding: the first cut was far from enough. */
export const CUT_AGAIN = 0.5
/** Per ms: whatever is asked, a request every two seconds and 60,000 tokens in a minute are no steep rise. */
const LEAST_REQUESTS = 1 / 2000
const LEAST_TOKENS = 1
/** Growth per minute after the hold: gentle at first, and OpenAI's own rule (half as much again in 15 minutes) above it. */
export const GROWTH = 1.1
export const STEEP_GROWTH = 1.5 ** (1 / 15)
export const STEEP_ABOVE_TPM = 1_000_000
const MINUTE_MS = 60_000

/** Ceilings on what is sent, in units per ms. */
export interface Ceilings {
  readonly requests: number
  readonly tokens: number
}

const none: Ceilings = { requests: Infinity, tokens: Infinity }

/** After a 429 `slow_down` (OpenAI: the rate rises too steeply, though it is within the limits) lets it rise again slowly. */
export class SlowDownGovernor {
  #ceilings: Ceilings | null = null
  #start: Ceilings = none
  #at = 0
  #holdUntil = 0

  get active(): boolean {
    return this.#ceilings !== null
  }

  slowDown(now: number, sent: Ceilings): void {
    const ceilings = this.ceilings(now, none)
    const cut = this.#ceilings && now < this.#holdUntil ? CUT_AGAIN : CUT
    this.#ceilings = {
      requests: Math.max(LEAST_REQUESTS, cut * Math.min(sent.requests, ceilings.requests)),
      tokens: Math.max(LEAST_TOKENS, cut * Math.min(sent.tokens, ceilings.tokens)),
    }
    this.#start = this.#ceilings
    this.#at = now
    this.#holdUntil = now + HOLD_MS
  }

  /** The ceilings now. Ends by itself once they are above the limits (Infinity where none is known: at four times the cut). */
  ceilings(now: number, limits: Ceilings): Ceilings {
    if (!this.#ceilings) return none
    const from = Math.max(this.#at, this.#holdUntil)
    if (now > from) {
      const { requests, tokens } = this.#ceilings
      const growth = tokens * MINUTE_MS > STEEP_ABOVE_TPM ? STEEP_GROWTH : GROWTH
      const factor = growth ** ((now - from) / MINUTE_MS)
      this.#ceilings = { requests: requests * factor, tokens: tokens * factor }
    }
    this.#at = now
    const { requests, tokens } = this.#ceilings
    const over =
      requests > Math.min(limits.requests, 4 * this.#start.requests) &&
      tokens > Math.min(limits.tokens, 4 * this.#start.tokens)
    if (over) this.#ceilings = null
    return this.#ceilings ?? none
  }
}
