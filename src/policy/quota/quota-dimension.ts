import type { LimitHandover } from '../handover.ts'
import type { FamilySample } from './rate-limit-headers.ts'
import { countsTokens, DAY_MS, type DimensionName } from './dimension-name.ts'
import type { Pace } from './pace.ts'
import { RateMeter } from './rate-meter.ts'
import { ServerLevel, type LevelMark } from './server-level.ts'
import { WindowGuess } from './window-guess.ts'

/** Where a limit is known from. What the server tells is believed more than what was configured. */
export type LimitSource = 'configured' | 'message' | 'header'

const trust: Readonly<Record<LimitSource, number>> = { configured: 0, message: 1, header: 1 }

/** A limit to be used at will: what is left of it, and how much of it comes back per ms. */
export interface Stock {
  readonly left: number
  readonly refill: number
}

/** Windows longer than this hold a stock to be used at will, not a rate to be kept. */
const LONG_WINDOW_MS = 3_600_000
const LEAST_RATE = 0.05
const CEILING_HORIZON = 0.1
const MARGIN_MS = 20
/** Nobody sleeps longer on a pace than this part of the window. */
const LOOK_AGAIN = 1 / 240
const MOST_MARGIN = 0.02
/** How much of a second's bucket is kept in use. */
const QUANTUM_USE = 0.35
/** Fewer requests than this in a second cannot be followed by headers, which tell whole requests. */
const FEW = 4
const FEW_MARGIN = 0.005

/** One limit: its size, the server's bucket as seen from here, and the short bucket that smooths what we send. */
export class QuotaDimension {
  readonly name: DimensionName
  readonly server: ServerLevel
  /** What was sent lately, in units per ms. */
  readonly sent = new RateMeter()
  limit: number | null = null
  source: LimitSource | null = null
  windowMs: number
  /** Never more than this, in units per ms, whatever the limit: configured, discovered, or a governor's ceiling. */
  ceiling = Infinity
  #configured: number | null = null
  #bucket = 0
  #at: number
  #fresh = true
  #used = false
  readonly #guess = new WindowGuess()
  lastMerged = -1

  constructor(name: DimensionName, windowMs: number, now: number) {
    this.name = name
    this.windowMs = windowMs
    this.server = new ServerLevel(now)
    this.#at = now
  }

  get constrained(): boolean {
    return this.limit !== null || this.ceiling !== Infinity
  }

  /** Most accounts have no limits but two: of the others nothing is kept before they are known. */
  get followed(): boolean {
    return this.limit !== null || this.name === 'requests' || this.name === 'tokens'
  }

  /** The limit's own rate in units per ms; 0 where no limit is known. */
  get rate(): number {
    return this.limit === null ? 0 : this.limit / this.windowMs
  }

  get bucket(): number {
    return this.#bucket
  }

  /** What is left of a limit that may be used up at will, a day's; null for one that is a rate to be kept. Refill per ms. */
  get stock(): Stock | null {
    if (this.windowMs <= LONG_WINDOW_MS || this.limit === null || !this.server.known) return null
    return { left: this.server.level, refill: this.#refill }
  }

  get #refill(): number {
    return Math.max(this.rate - this.server.drift, LEAST_RATE * this.rate)
  }

  configure(limit: number): void {
    this.#configured = limit
    this.setLimit(limit, 'configured')
    // A day's limit is a stock. Without a word from the server the whole of it is assumed to be there.
    if (this.windowMs > LONG_WINDOW_MS) this.server.assume(limit)
  }

  /** What another process knew of this limit. Its bursts are over: the short bucket begins empty. */
  takeOver({ limit, source, windowMs, level }: LimitHandover): void {
    if (this.source === 'header' || this.source === 'message') return
    if (source !== 'configured') {
      this.setWindow(windowMs)
      this.setLimit(limit, source)
    }
    this.#used = true
    if (level !== null && this.limit === limit) this.server.assume(level)
  }

  /** What was told under this name was about another limit: back to what is configured. */
  forget(windowMs: number): void {
    this.limit = this.#configured
    this.source = this.#configured === null ? null : 'configured'
    this.windowMs = windowMs
    this.server.forget()
    // What is sent while no limit is known is not to be paid off.
    this.#fresh = true
  }

  /** True when the limit is now another. */
  setLimit(limit: number, source: LimitSource): boolean {
    if (this.source !== null && trust[source] < trust[this.source]) return false
    this.source = source
    if (this.limit === limit) return false
    this.limit = limit
    this.server.limitChanged(limit)
    return true
  }

  /** Units per ms to send at now; Infinity when nothing is known to hold us back. */
  paced(pace: Pace): number {
    if (this.limit === null) return this.ceiling * pace.ramp
    const { rate, server } = this
    const told = server.significantDrift(rate)
    const drift = this.#fewPerSecond(pace) ? Math.max(0, told) : told
    let paced = (pace.share < 1 ? Math.min(rate * pace.share, rate - drift) : rate - drift) * pace.headroom
    if (server.known && this.windowMs <= LONG_WINDOW_MS) paced += this.#correction(pace)
    return Math.min(Math.max(paced, LEAST_RATE * rate), this.ceiling, this.#chosen()) * pace.ramp
  }

  /** What to send above or below the rate to bring the server's bucket to where we want it. */
  #correction(pace: Pace): number {
    const { rate } = this
    const limit = this.limit ?? 0
    if (pace.quantum) {
      // Once the minute's bucket has been full, what is missing from it is missing from the second's bucket too. Keeping
      // that at a third uses all of the refill and leaves room for what comes unevenly.
      const second = this.#second(pace)
      const missing = limit - this.server.level
      if (missing > 2 * second + 1) return -0.01 * rate
      if (this.#fewPerSecond(pace)) return -FEW_MARGIN * rate
      const wanted = (QUANTUM_USE * second - missing) / (this.windowMs / 60)
      return Math.max(-0.5 * rate, Math.min(0.2 * rate, wanted))
    }
    const stock = ((this.server.level - pace.reserve * limit) / this.windowMs) * 4
    if (stock > 0) return pace.share < 1 ? 0 : Math.min(pace.boost * rate, stock)
    return Math.max(-rate, stock)
  }

  /** A configured limit below the account's own is a wish to stay below it. */
  #chosen(): number {
    const { limit } = this
    if (this.#configured === null || limit === null || this.#configured > 0.98 * limit) return Infinity
    return this.#configured / this.windowMs
  }

  advance(now: number, pace: Pace): void {
    this.server.advance(now, this.rate, this.limit ?? Infinity)
    const elapsed = now - this.#at
    this.#at = now
    if (!this.constrained) return
    const paced = this.paced(pace)
    const capacity = this.#capacity(paced, pace)
    // What was sent before the limit was known has emptied it.
    if (this.#fresh) this.#bucket = this.#used ? 0 : capacity
    else this.#bucket = Math.min(capacity, this.#bucket + paced * elapsed)
    this.#fresh = false
  }

  /** Milliseconds until `cost` fits with something to spare; 0 when it does now. Of the moment of the last `advance`. */
  waitMs(cost: number, pace: Pace, spare = 0): number {
    if (!this.constrained) return 0
    let wait = 0
    if (this.windowMs <= LONG_WINDOW_MS) {
      const paced = this.paced(pace)
      const capacity = this.#capacity(paced, pace)
      const wanted = cost + spare < capacity / 2 ? cost + spare : Math.min(cost, capacity)
      const short = wanted - this.#bucket
      // The pace rises with the level: somebody has to look again before long.
      if (short > 1e-6) wait = Math.min(short / paced, LOOK_AGAIN * this.windowMs)
    }
    if (this.limit !== null && this.server.known) {
      const short = this.#lacking(cost, pace)
      if (short > 1e-6) wait = Math.max(wait, short / this.#refill)
    }
    return wait
  }

  /** What the server's buckets lack for this cost, as believed; 0 or less when there is room. */
  #lacking(cost: number, pace: Pace): number {
    const limit = this.limit ?? Infinity
    const { level } = this.server
    // Near the bottom small errors decide: those of the level, and of when a request arrives.
    const margin = Math.min(MOST_MARGIN * limit, this.server.surprise + MARGIN_MS * this.rate)
    const lacking = Math.min(cost + margin, limit) - level
    if (!pace.quantum || this.windowMs > LONG_WINDOW_MS || this.#fewPerSecond(pace)) return lacking
    const second = this.#second(pace)
    const missing = limit - level
    // Beyond two seconds the minute's bucket has lost step with the second's and tells nothing about it.
    return missing > 2 * second ? lacking : Math.max(lacking, Math.min(cost, second) - (second - missing))
  }

  /** Seconds are policed and hold so few requests that only even spacing keeps to them, whatever the headers say. */
  #fewPerSecond(pace: Pace): boolean {
    return pace.quantum && !countsTokens(this.name) && this.#second(pace) < FEW
  }

  /** A cost near a second's worth needs that bucket all but full: being a moment early is as bad as being a second early. */
  #caution(cost: number, pace: Pace): number {
    const second = this.#second(pace)
    return cost > second / 2 ? pace.caution * cost : 0
  }

  /** The server's bucket for a second, as believed. */
  #second(pace: Pace): number {
    return (this.rate * pace.horizon * this.windowMs) / 60
  }

  take(cost: number, now: number, pace: Pace): LevelMark {
    this.#bucket -= cost + (pace.quantum ? this.#caution(cost, pace) : 0)
    this.#used = true
    this.sent.add(cost, now)
    return this.server.spend(cost)
  }

  /** As if it had not been sent. */
  refund(cost: number): void {
    this.#bucket += cost
    this.server.refund(cost)
  }

  /** The server's own short bucket was empty: so is ours. */
  drain(): void {
    this.#bucket = Math.min(0, this.#bucket)
  }

  /**
   * Merges what an answer said about this limit. `sequence` orders requests by their dispatch; an answer older than one
   * already merged only tells the window. `judged`: the request was let in. True when the limit turned out to be of another window.
   */
  observe(mark: LevelMark, sequence: number, sample: FamilySample, judged: boolean): boolean {
    const { remaining, resetMs, limit } = sample
    if (remaining === null) return false
    // The law of the window holds for old answers too.
    const windowMs = resetMs === null ? null : this.#guess.sample(limit, remaining, resetMs)
    const moved = windowMs !== null && this.setWindow(windowMs)
    if (sequence > this.lastMerged) {
      this.lastMerged = sequence
      // A refused request counts as a request, but its tokens are not taken.
      const charged = judged || !countsTokens(this.name)
      this.server.observe(mark, remaining, this.rate, limit, this.windowMs, charged)
    }
    return moved
  }

  /** False when it was about that already. */
  setWindow(windowMs: number): boolean {
    if (Math.abs(windowMs / this.windowMs - 1) < 0.1) return false
    this.windowMs = Math.min(windowMs, 2 * DAY_MS)
    this.server.rateChanged(this.limit ?? Infinity)
    return true
  }

  #capacity(paced: number, pace: Pace): number {
    if (this.windowMs > LONG_WINDOW_MS) return this.limit ?? Infinity
    // Where something else than the limit holds us back, bursts are what it does not like.
    const horizon = this.ceiling === Infinity ? pace.horizon : CEILING_HORIZON
    const burst = (paced * horizon * this.windowMs) / 60
    return Math.max(this.#fewPerSecond(pace) ? burst - 1 : burst, 1)
  }
}
