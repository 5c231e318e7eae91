/** The tier a server asks for where a request names none; `auto` asks for none and leaves it to OpenAI. */
export type TierSetting = 'auto' | 'default' | 'flex' | 'priority'

export interface TierSettings {
  readonly tier: TierSetting
  /** A request for which flex has no room goes at the default tier. */
  readonly flexFallback: boolean
}

/** Flex requests may be answered late; OpenAI advises to give them a quarter of an hour. */
export const FLEX_TIMEOUT_MS = 15 * 60_000

/** So many refusals in a row mean that flex is full, not that it was for a moment. A refusal costs nothing but its time. */
const FULL_AFTER = 3
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000

/** Chooses service tiers, and remembers for a while that flex is full. */
export class Tiers {
  readonly #settings: TierSettings
  #refusals = 0
  #fullUntil = -Infinity
  #pauseMs = FIRST_PAUSE_MS

  constructor(settings: TierSettings) {
    this.#settings = settings
  }

  /**
   * The `service_tier` to send in place of what the request says; null to send what it says.
   *
   * @param asked what the request says, or null
   */
  choose(asked: string | null, now: number): string | null {
    const { tier, flexFallback } = this.#settings
    const wanted = asked ?? (tier === 'auto' ? null : tier)
    if (wanted === 'flex' && flexFallback && now < this.#fullUntil) return 'default'
    return wanted === asked ? null : wanted
  }

  /** True when a request that flex had no room for is to be sent again at the default tier. */
  flexUnavailable(now: number, retryAfterMs: number | null): boolean {
    if (!this.#settings.flexFallback) return false
    this.#refusals += 1
    // What was sent before the last pause began says nothing new.
    if (this.#refusals >= FULL_AFTER && now >= this.#fullUntil) {
      this.#fullUntil = now + (retryAfterMs ?? this.#pauseMs)
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs)
    }
    return true
  }

  /** Flex let a request in. */
  flexServed(): void {
    this.#refusals = 0
    this.#pauseMs = FIRST_PAUSE_MS
  }
}
