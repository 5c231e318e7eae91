const MINUTE_MS = 60_000
/** Kept below the rate found out. */
const MARGIN = 0.96
const LONGEST_PROBE_MS = 30_000
const PROBE_BACKOFF = 2.2
/** A pause longer than this after the first refusal speaks for a window that had to end. */
const WINDOW_PAUSE_MS = 3000
/** Accepted requests below which an estimate would be a guess. */
const ENOUGH = 5
/** How long a confirmed rate is kept before more is tried, in busy time. */
const HOLD_MS = 120_000
const UNCONFIRMED_HOLD_MS = 15_000

/**
 * Finds out the rate of a host that refuses with a bare 429 and sends no headers.
 *
 * Between two moments at which the host's allowance was exhausted, what it accepted divided by the time is its rate: for a
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
  #epochAt = -1
  #sent = 0
  #refused = 0
  #blockedAt = 0
  #blockSequence = -1
  #probeAt = 0
  #probeMs = 0
  #probing = false
  #busyMs = 0

  /** True once something was refused without a reason that tells the limit. */
  get engaged(): boolean {
    return this.#engaged
  }

  get blocked(): boolean {
    return this.#blocked
  }

  /** Requests per ms to stay below; Infinity while nothing was refused. */
  get ceiling(): number {
    if (!this.#engaged || this.#rate === Infinity) return Infinity
    const held = this.#busyMs - (this.#confirmed ? HOLD_MS : UNCONFIRMED_HOLD_MS)
    if (held <= 0) return MARGIN * this.#rate
    const minutes = (held / MINUTE_MS) * (this.#confirmed ? 1 : 4)
    return this.#rate * (MARGIN + 0.02 * minutes + 0.02 * minutes * minutes)
  }

  /** Milliseconds until something may be sent; Infinity while a probe is out. */
  waitMs(now: number): number {
    if (!this.#blocked) return 0
    return this.#probing ? Infinity : Math.max(0, this.#probeAt - now)
  }

  /** The rate held requests back for so long: only then does it mean anything that nothing was refused. */
  busy(elapsedMs: number): void {
    if (!this.#blocked) this.#busyMs += elapsedMs
  }

  dispatched(now: number): void {
    if (this.#epochAt < 0) this.#epochAt = now
    this.#sent += 1
    if (this.#blocked) this.#probing = true
  }

  /** The request was never judged by the host (it did not arrive, or its caller left). */
  forgotten(sequence: number): void {
    this.#sent = Math.max(0, this.#sent - 1)
    if (sequence > this.#blockSequence) this.#probing = false
  }

  accepted(sequence: number, now: number): void {
    if (!this.#blocked || sequence <= this.#blockSequence) return
    this.#blocked = false
    this.#probing = false
    const elapsed = Math.max(1, now - this.#epochAt)
    const accepted = Math.max(1, this.#sent - this.#refused - 1)
    if (this.#rate === Infinity) {
      // The stock that was there at the start is in these; a minute's worth is by far the most usual.
      const windowed = now - this.#blockedAt > WINDOW_PAUSE_MS
      this.#rate = accepted / (windowed ? elapsed : elapsed + MINUTE_MS)
    } else if (accepted < ENOUGH) {
      this.#rate *= 0.8
      this.#busyMs = 0
      return
    } else {
      const rate = accepted / elapsed
      this.#confirmed = Math.abs(rate / this.#rate - 1) < 0.2
      this.#rate = rate
    }
    this.#busyMs = 0
    this.#epochAt = now
    this.#sent = 1
    this.#refused = 0
  }

  /** `latestSequence`: of the last request sent so far; refusals up to it belong to this one. True when dispatch stops now. */
  refused(sequence: number, latestSequence: number, now: number, retryAfterMs: number | null): boolean {
    this.#engaged = true
    this.#refused += 1
    if (this.#blocked) {
      if (sequence <= this.#blockSequence) return false
      this.#probing = false
      this.#probeMs = Math.min(LONGEST_PROBE_MS, this.#probeMs * PROBE_BACKOFF)
      this.#probeAt = now + (retryAfterMs ?? this.#probeMs)
      return false
    }
    if (sequence <= this.#blockSequence) return false
    this.#blocked = true
    this.#probing = false
    this.#blockedAt = now
    this.#blockSequence = latestSequence
    const known = this.#rate === Infinity ? this.#sent / (now - this.#epochAt + MINUTE_MS) : this.#rate
    this.#probeMs = Math.min(LONGEST_PROBE_MS, Math.max(100, 1.2 / known))
    this.#probeAt = now + (retryAfterMs ?? this.#probeMs)
    return true
  }
}
