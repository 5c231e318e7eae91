import { GrowingRate } from './growing-rate.ts'
import { RecentSum } from './recent-sum.ts'
import { RefusalPause } from './refusal-pause.ts'

/** By far the most usual window of a limit; a stock that was there at the start is taken for one window's worth. */
const WINDOW_MS = 60_000
/** What a measurement takes at least: so many requests, or so long. */
const ENOUGH = 20
const ENOUGH_MS = 30_000
/** After a refusal so many requests are left out, lest the next are refused as well; while nothing is known, a second. */
const LEFT_OUT = 2
const FIRST_PAUSE_MS = 2000
const LEAST_PAUSE_MS = 100
/** A pause this long was an outage. */
const OUTAGE_MS = 3 * WINDOW_MS
/** A window's end is looked for this much after it should be. */
const AFTER_END_MS = 100
/** Requests may be late by so much without losing their turn. */
const CATCH_UP_MS = 100
/** Weight of one request in the average of their tokens. */
const AVERAGE = 0.01

/**
 * Finds out the rate of a host that refuses with a bare 429 and sends no headers.
 *
 * After a refusal dispatch stops, and one request at a time is sent to find out when the host accepts again. Between two
 * such moments its allowance was used up, so what it accepted divided by the time is its rate; where a whole window had to
 * end first, what it accepted in the minute before is. From then on requests go evenly spaced a little below that rate,
 * and the longer nothing is refused, the more above it.
 *
 * The host does not say whether it counts requests or tokens. So each counts half as one and half by its tokens, in
 * relation to the average: spaced like that, either flows evenly enough.
 */
export class RateDiscovery {
  #engaged = false
  readonly #rate = new GrowingRate()
  readonly #pause = new RefusalPause()
  readonly #lately = new RecentSum(WINDOW_MS)
  #averageTokens = 0
  #seen = 0
  /** Sent ahead of what flows at the present rate, in usual requests; as of a moment. */
  #ahead = 0
  #flow = Infinity
  #at = 0
  #sentSince = 0
  /** The measurement under way: since the host last accepted again. */
  #epochAt = -1
  #accepted = 0
  #heldBackMs = 0
  /** Accepted in the minute before the last refusal. */
  #inWindow = 0

  /** True once something was refused without a word that tells the limit. */
  get engaged(): boolean {
    return this.#engaged
  }

  get blocked(): boolean {
    return this.#pause.on
  }

  /** Requests per minute found out; null while nothing was refused. */
  get perMinute(): number | null {
    return this.#rate.known ? this.#rate.perMs * WINDOW_MS : null
  }

  /** Requests per ms that are sent at most; Infinity while nothing was refused. */
  get ceiling(): number {
    return this.#rate.ceiling
  }

  /** A rate that another process has found out, where none is known here. */
  takeOver(perMinute: number, now: number): void {
    if (this.#rate.known) return
    this.#engaged = true
    this.#rate.measured(perMinute / WINDOW_MS, WINDOW_MS, true)
    this.#rate.restart(now)
  }

  /** Milliseconds in which nothing is sent, because something was refused. */
  waitMs(now: number): number {
    return this.#pause.waitMs(now)
  }

  /** Milliseconds until the next request's turn; 0 in a pause, where a probe needs none. Of the moment of the last `advance`. */
  turnInMs(): number {
    return this.#pause.on || this.#ahead <= 0 ? 0 : this.#ahead / this.#flow
  }

  /** The same in tokens: a request counts half by its own, half by those of an average one. */
  workOf(tokens: number): number {
    return this.units(tokens) * this.#averageTokens
  }

  /** What a request counts for; 1 on average. */
  units(tokens: number): number {
    return this.#averageTokens > 0 ? (1 + tokens / this.#averageTokens) / 2 : 1
  }

  /** `ramp`: share of the rate while dispatch comes back after an outage; 0 while it may not. */
  advance(now: number, ramp = 1): void {
    if (this.#pause.passed(now)) this.#acceptsAgain(now)
    const flow = this.#rate.ceiling * ramp
    this.#ahead = flow === Infinity ? 0 : Math.max(-CATCH_UP_MS * flow, this.#ahead - (now - this.#at) * flow)
    this.#flow = flow
    this.#at = now
  }

  /** Requests waited for their turn for so long: only then does it mean anything that nothing was refused. */
  wanted(elapsedMs: number): void {
    if (this.#pause.on) return
    this.#rate.heldBack(elapsedMs)
    this.#heldBackMs += elapsedMs
  }

  dispatched(tokens: number, now: number): void {
    if (this.#epochAt < 0) this.#epochAt = now
    this.#seen += 1
    this.#averageTokens += Math.max(AVERAGE, 1 / this.#seen) * (tokens - this.#averageTokens)
    const units = this.units(tokens)
    this.#accepted += units
    this.#lately.add(units, now)
    this.#sentSince += 1
    if (this.#pause.on) return this.#pause.sent(now)
    this.#rate.sent(now)
    if (this.#rate.known) this.#ahead += units
  }

  /** The host never judged the request: it did not arrive, or its caller left. */
  forgotten(tokens: number, now: number): void {
    this.#takeBack(tokens, now)
  }

  /** The request is over. A probe that was neither accepted nor refused is sent again later. */
  ended(sequence: number, now: number): void {
    if (!this.#pause.outdated(sequence)) this.#pause.unjudged(now)
  }

  accepted(sequence: number, now: number): void {
    if (this.#pause.on && !this.#pause.outdated(sequence)) this.#acceptsAgain(now)
  }

  /** `latestSequence`: of the last request sent so far; refusals up to it belong to this one. True when dispatch stops now. */
  refused(
    sequence: number,
    latestSequence: number,
    tokens: number,
    now: number,
    retryAfterMs: number | null,
  ): boolean {
    this.#engaged = true
    this.#takeBack(tokens, now)
    if (this.#pause.outdated(sequence)) return false
    const stops = !this.#pause.on
    if (stops) {
      this.#inWindow = this.#lately.sum(now)
      const usualMs = this.#rate.known
        ? Math.max(LEAST_PAUSE_MS, LEFT_OUT / this.#rate.perMs)
        : FIRST_PAUSE_MS
      this.#pause.begin(now, latestSequence, usualMs, this.#sentSince)
    } else this.#pause.goOn(now)
    if (retryAfterMs !== null && this.#pause.asked(now, retryAfterMs)) return stops
    // Were the allowance counted in windows, one would have begun with the epoch.
    const windowEnd = now + WINDOW_MS - ((now - this.#epochAt) % WINDOW_MS) + AFTER_END_MS
    if (now + this.#pause.waitMs(now) > windowEnd)
      this.#pause.until(Math.max(windowEnd, now + (retryAfterMs ?? 0)))
    return stops
  }

  #acceptsAgain(now: number): void {
    const measured = this.#measure(now)
    this.#pause.end()
    this.#rate.restart(now)
    this.#ahead = 0
    this.#sentSince = 1
    if (!measured) return this.#rate.confirmGuess()
    this.#epochAt = now
    this.#accepted = 0
    this.#heldBackMs = 0
  }

  /** Learns from what the host accepted since it last did so again. False when that was too little to go by. */
  #measure(now: number): boolean {
    const elapsed = Math.max(1, now - this.#epochAt)
    const pause = Math.max(1, this.#pause.lengthMs(now))
    const lately = this.#inWindow / WINDOW_MS
    const { known } = this.#rate
    if (pause > OUTAGE_MS) return true
    if (this.#pause.long(now) && (known || this.#inWindow >= ENOUGH)) {
      this.#rate.measured(lately, WINDOW_MS, true)
    } else if (!known) {
      // A stock that refills has given its refill on top of what it held. A small one shows in how soon one more passed.
      this.#rate.guess(Math.max(this.#accepted / (elapsed + WINDOW_MS), 1 / pause))
    } else if (this.#accepted < ENOUGH && elapsed < ENOUGH_MS) return false
    else {
      // Time in which nothing was asked says nothing.
      const idle = elapsed > OUTAGE_MS && this.#heldBackMs < elapsed / 2
      this.#rate.measured(Math.max(this.#accepted / elapsed, idle ? lately : 0), elapsed, false)
    }
    return true
  }

  #takeBack(tokens: number, now: number): void {
    const units = this.units(tokens)
    this.#accepted = Math.max(0, this.#accepted - units)
    this.#lately.add(-units, now)
  }
}
