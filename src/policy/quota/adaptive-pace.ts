import type { Pace } from './pace.ts'

const LEAST_HORIZON = 0.2
const LEAST_HEADROOM = 0.9
const HEADROOM_STEP = 0.002
const RESERVE = 0.03
const MOST_RESERVE = 0.25
const RESERVE_STEP = 0.02
/** Windows during which nothing is spent above the rate after that was refused; doubles up to the second figure. */
export const BOOST_HOLD = 10
const LONGEST_BOOST_HOLD = 60
const LEAST_CAUTION = 0.04
const MOST_CAUTION = 0.4
const CAUTION_STEP = 0.05
const MINUTE_MS = 60_000

/** How hard the limits of a domain are driven, adapted by what is refused and what is not. */
export class AdaptivePace implements Pace {
  headroom = 1
  readonly share: number
  boost = 0
  reserve = RESERVE
  horizon = 1
  quantum = false
  caution = LEAST_CAUTION
  ramp = 1
  #boostHeldUntil = 0
  #boostHold = BOOST_HOLD
  #cleanAt = 0
  #at: number

  constructor(share: number, now: number) {
    this.share = share
    this.#at = now
  }

  /** Every burst has been made as small as it gets. */
  get leastHorizon(): boolean {
    return this.horizon <= LEAST_HORIZON
  }

  advance(now: number): void {
    const minutes = (now - this.#at) / MINUTE_MS
    this.#at = now
    this.headroom = Math.min(1, this.headroom + HEADROOM_STEP * minutes)
    this.reserve += (RESERVE - this.reserve) * Math.min(1, 0.05 * minutes)
  }

  /** Something was let in: a little more may be tried. `windowMs`: of the limits per minute. */
  clean(now: number, windowMs: number): void {
    const seconds = Math.min(1, ((now - this.#cleanAt) / windowMs) * 60)
    this.#cleanAt = now
    this.horizon = Math.min(1, this.horizon * (1 + 0.0005 * seconds))
    this.caution = Math.max(LEAST_CAUTION, this.caution - 0.0005)
    if (now < this.#boostHeldUntil) return
    this.quantum = false
    this.boost = Math.min(1, this.boost + 0.1 * seconds)
  }

  /**
   * Refused although the minute had room: seconds are policed too. `filled`: how many seconds' worth the request would have
   * made missing from the minute's bucket; null when that is not known.
   */
  quantumHit(now: number, windowMs: number, filled: number | null): void {
    // Where it would not have fit a second's bucket as we know it, that is explained. Otherwise the bucket is smaller.
    if (filled === null) this.horizon *= 0.8
    else if (filled < this.horizon) this.horizon = Math.max(0.7 * this.horizon, 0.95 * filled)
    this.horizon = Math.max(LEAST_HORIZON, this.horizon)
    if (this.quantum) this.caution = Math.min(MOST_CAUTION, this.caution + CAUTION_STEP)
    this.headroom = Math.max(LEAST_HEADROOM, this.headroom - HEADROOM_STEP)
    this.quantum = true
    this.noBoost(now, windowMs)
  }

  /** Refused because the minute was used up, which should have been known. */
  levelMissed(): void {
    this.headroom = Math.max(LEAST_HEADROOM, this.headroom - HEADROOM_STEP)
    this.reserve = Math.min(MOST_RESERVE, this.reserve + RESERVE_STEP)
  }

  noBoost(now: number, windowMs: number): void {
    if (this.boost === 0) return
    this.boost = 0
    this.#boostHeldUntil = now + this.#boostHold * windowMs
    this.#boostHold = Math.min(LONGEST_BOOST_HOLD, this.#boostHold * 2)
  }
}
