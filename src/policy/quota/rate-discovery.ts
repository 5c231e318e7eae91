import { RateMeter } from './rate-meter.ts'

/** By far the most usual window of a limit; a stock that was there at the start is taken for one window's worth. */
const WINDOW_MS = 60_000
/** Kept below the rate found out. */
const MARGIN = 0.96
const FIRST_PROBE_MS = 100
const LONGEST_PROBE_MS = 30_000
const PROBE_BACKOFF = 2.2
/** A longer pause after a refusal speaks for a window that had to end. */
const LONG_PAUSE_MS = 3000
/** A window's end is looked for this much after it should be. */
const AFTER_END_MS = 100
/** Slower than one in a minute is no limit but an outage. */
const LEAST_RATE = 1 / WINDOW_MS
/** Accepted requests below which an estimate would be a guess. */
const ENOUGH = 5
/** How long a confirmed rate is kept before more is tried, in time in which more was wanted. */
const HOLD_MS = 120_000
/** A rate not yet confirmed rests on a guess about the stock: it rises step by step until something is refused. */
const STEP = 1.5
const STEP_REQUESTS = 10
const STEP_MS = 1000

/**
 * Finds out the rate of a host that refuses with a bare 429 and sends no headers.
 *
 * Between two moments at which the host's allowance was used up, what it accepted divided by the time is its rate: for a
 * bucket that refills as for "40 in every minute". So after a refusal dispatch stops, one request at a time is sent to find
 * out when the host accepts again, and from then on requests go evenly spaced a little below that rate, which fits any
 * window however it is aligned. Where nothing is refused for minutes of real demand, a little more is tried, then more.
 */
export class RateDiscovery {
  #engaged = false
  #blocked = false
  /** Requests per ms. */
  #rate = Infinity
  #confirmed = false
  /** The allowance is counted in windows, one of which began with the epoch. */
  #windowed = false
  #epochAt = -1
  #sent = 0
  #refused = 0
  #blockedAt = 0
  #blockSequence = -1
  #refusedAt = 0
  #probeAt = 0
  #probeMs = 0
  #probing = false
  /** Since the last refusal, and in the whole epoch: time in which the ceiling held requests back. */
  #wantedMs = 0
  #sentSince = 0
  #busyMs = 0
  readonly #lately = new RateMeter(WINDOW_MS)

  /** True once something was refused without a word that tells the limit. */
  get engaged(): boolean {
    return this.#engaged
  }

  get blocked(): boolean {
    return this.#blocked
  }

  /** Requests per minute found out; null while nothing was refused. */
  get perMinute(): number | null {
    return this.#rate === Infinity ? null : this.#rate * WINDOW_MS
  }

  /** Requests per ms to stay below; Infinity while nothing was refused. */
  get ceiling(): number {
    if (this.#rate === Infinity) return Infinity
    if (!this.#confirmed) {
      const steps = Math.min(this.#sentSince / STEP_REQUESTS, this.#wantedMs / STEP_MS)
      return MARGIN * this.#rate * STEP ** Math.floor(steps)
    }
    const windows = (this.#wantedMs - HOLD_MS) / WINDOW_MS
    if (windows <= 0) return MARGIN * this.#rate
    return this.#rate * (MARGIN + 0.02 * windows + 0.02 * windows * windows)
  }

  /** Milliseconds until something may be sent; Infinity while a probe is out. */
  waitMs(now: number): number {
    if (!this.#blocked) return 0
    return this.#probing ? Infinity : Math.max(0, this.#probeAt - now)
  }

  /** The ceiling held requests back for so long: only then does it mean anything that nothing was refused. */
  wanted(elapsedMs: number): void {
    if (this.#blocked) return
    this.#wantedMs += elapsedMs
    this.#busyMs += elapsedMs
  }

  dispatched(now: number): void {
    if (this.#epochAt < 0) this.#epochAt = now
    this.#sent += 1
    this.#sentSince += 1
    this.#lately.add(1, now)
    if (this.#blocked) this.#probing = true
  }

  /** The host never judged the request: it did not arrive, or its caller left. */
  forgotten(): void {
    this.#sent = Math.max(0, this.#sent - 1)
  }

  /** The request is over. A probe that was neither accepted nor refused is sent again later. */
  ended(sequence: number, now: number): void {
    if (!this.#probing || sequence <= this.#blockSequence) return
    this.#probing = false
    this.#probeAt = now + this.#probeMs
  }

  accepted(sequence: number, now: number): void {
    if (!this.#blocked || sequence <= this.#blockSequence) return
    this.#blocked = false
    this.#probing = false
    const age = now - this.#epochAt
    const idle = age > 3 * WINDOW_MS && this.#busyMs < age / 2
    this.#wantedMs = 0
    this.#sentSince = 0
    const accepted = Math.max(1, this.#sent - this.#refused - 1)
    const first = this.#rate === Infinity
    if (!first && accepted < ENOUGH) {
      this.#rate = Math.max(LEAST_RATE, 0.8 * this.#rate)
      return
    }
    const paused = now - this.#blockedAt > LONG_PAUSE_MS
    const end = paused ? this.#windowEnd(now) : null
    this.#windowed = end !== null
    const elapsed = Math.max(1, (end ?? now) - this.#epochAt)
    // A stock that refills has given its refill on top.
    const used = accepted / (first && !paused ? elapsed + WINDOW_MS : elapsed)
    // Time in which nothing was asked says nothing: then what was sent within a window counts.
    const lately = idle ? this.#lately.spreadPerMs(now) : 0
    const rate = Math.max(LEAST_RATE, used, lately)
    // What was let in until a window ended needs no guess.
    this.#confirmed = paused || (!first && Math.abs(rate / this.#rate - 1) < 0.2)
    this.#rate = rate
    this.#epochAt = end ?? now
    this.#sent = 1
    this.#refused = 0
    this.#busyMs = 0
  }

  /** `latestSequence`: of the last request sent so far; refusals up to it belong to this one. True when dispatch stops now. */
  refused(sequence: number, latestSequence: number, now: number, retryAfterMs: number | null): boolean {
    this.#engaged = true
    this.#refused += 1
    const stops = !this.#blocked && sequence > this.#blockSequence
    if (!stops && (!this.#blocked || sequence <= this.#blockSequence)) return false
    this.#refusedAt = now
    this.#probing = false
    if (stops) {
      this.#blocked = true
      this.#blockedAt = now
      this.#blockSequence = latestSequence
      const rate = this.#rate === Infinity ? this.#sent / (now - this.#epochAt + WINDOW_MS) : this.#rate
      this.#probeMs = Math.min(LONGEST_PROBE_MS, Math.max(FIRST_PROBE_MS, 1.2 / rate))
    } else {
      this.#probeMs = Math.min(LONGEST_PROBE_MS, this.#probeMs * PROBE_BACKOFF)
    }
    const end = this.#nextEnd(now) + AFTER_END_MS
    // Where windows are counted, nothing before the end of this one is worth a try.
    this.#probeAt = this.#windowed && stops ? end : Math.min(now + this.#probeMs, end)
    if (retryAfterMs !== null) this.#probeAt = now + retryAfterMs
    return stops
  }

  /** The window's end between the last refusal and now, if one that began with the epoch ended there. */
  #windowEnd(now: number): number | null {
    const end = this.#nextEnd(this.#refusedAt)
    return end <= now ? end : null
  }

  #nextEnd(after: number): number {
    return this.#epochAt + (Math.floor((after - this.#epochAt) / WINDOW_MS) + 1) * WINDOW_MS
  }
}
