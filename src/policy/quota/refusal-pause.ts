/** Refusals come at once. A probe that has not been refused by then has been let in, however long its answer takes. */
const VERDICT_MS = 1000
const BACKOFF = 2.5
const LONGEST_MS = 30_000
/** Refused again after fewer requests than this: the pause before was too short. */
const FEW = 10
/** After so many waits that a host asked for and did not mean, it is not taken at its word again. */
const DISBELIEVED = 2
/** A longer pause than this, and than so many times the one first taken, speaks for a window that had to end. */
const LONG_MS = 3000
const LONG_FACTOR = 3

/** The time after a refusal: nothing is sent but one request now and then, to find out whether the host accepts again. */
export class RefusalPause {
  #on = false
  #since = 0
  /** The last request sent before: what becomes of it says nothing of the time after. */
  #sequence = -1
  /** The pause first taken; then each is longer than the last. */
  #firstMs = 0
  #ms = 0
  /** The present wait is the one that the host asked for. */
  #asAsked = false
  /** So many probes in a row waited as asked and were refused all the same. */
  #unmeant = 0
  #probeAt = 0
  #probing = false

  get on(): boolean {
    return this.#on
  }

  /** It lasted so long that a window must have ended, not just some room come back. */
  long(now: number): boolean {
    return now - this.#since > Math.max(LONG_MS, LONG_FACTOR * this.#firstMs)
  }

  lengthMs(now: number): number {
    return now - this.#since
  }

  /** Milliseconds until a probe may go. */
  waitMs(now: number): number {
    return this.#on ? Math.max(0, this.#probeAt - now) : 0
  }

  /** A request sent before the last refusal: that it was refused as well, or accepted, says nothing new. */
  outdated(sequence: number): boolean {
    return sequence <= this.#sequence
  }

  /** `latestSequence`: of the last request sent. `usualMs`: what should do. `sentSince`: requests since the pause before. */
  begin(now: number, latestSequence: number, usualMs: number, sentSince: number): void {
    this.#on = true
    this.#asAsked = false
    this.#since = now
    this.#sequence = latestSequence
    const again = sentSince < FEW
    this.#firstMs = again ? Math.max(usualMs, Math.min(LONG_MS, BACKOFF * this.#firstMs)) : usualMs
    this.#ms = this.#firstMs
    this.#plan(now, this.#ms)
  }

  /** The probe was refused. */
  goOn(now: number): void {
    if (this.#asAsked) this.#unmeant += 1
    this.#asAsked = false
    this.#ms = Math.min(LONGEST_MS, BACKOFF * this.#ms)
    this.#plan(now, this.#ms)
  }

  /** The host asks for a wait. False where it did not mean that before: then it is the least to wait, and no more. */
  asked(now: number, ms: number): boolean {
    this.#asAsked = this.#unmeant < DISBELIEVED
    this.#probeAt = this.#asAsked ? now + ms : Math.max(this.#probeAt, now + ms)
    return this.#asAsked
  }

  /** The beat of the host's window says when to try next. */
  until(at: number): void {
    this.#probeAt = at
  }

  /** A request is sent in the pause: the probe. */
  sent(now: number): void {
    this.#plan(now, VERDICT_MS)
    this.#probing = true
  }

  /** A probe is over without a word. */
  unjudged(now: number): void {
    if (this.#probing) this.#plan(now, this.#ms)
  }

  /** Nothing was heard of the probe for so long that it must have been let in. */
  passed(now: number): boolean {
    return this.#probing && now >= this.#probeAt
  }

  end(): void {
    if (this.#asAsked) this.#unmeant = 0
    this.#on = false
    this.#probing = false
  }

  #plan(now: number, ms: number): void {
    this.#probeAt = now + ms
    this.#probing = false
  }
}
