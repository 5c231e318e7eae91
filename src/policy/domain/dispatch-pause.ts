export const FIRST_MS = 500
export const LONGEST_MS = 30_000
/** How long one request after a pause is watched before the next may follow. */
const PROBATION_MS = 2000

/**
 * A time in which nothing is sent: because the upstream asked for it, or because it has refused again and again for a
 * reason that has nothing to do with limits. In the second case one request at a time finds out whether that is over.
 */
export class DispatchPause {
  #until = 0
  #reason: string | null = null
  /** Refusals without a success between them. */
  #streak = 0
  /** The last request sent before the streak's pause: what it comes to says nothing about the time after. */
  #sequence = -1
  #ms = 0

  /** Why nothing is or was sent last; null before the first pause. */
  get reason(): string | null {
    return this.#reason
  }

  leftMs(now: number): number {
    return Math.max(0, this.#until - now)
  }

  /** Never shortens a pause. True when it lasts longer now. */
  extend(now: number, ms: number, reason: string): boolean {
    if (now + ms <= this.#until) return false
    this.#until = now + ms
    this.#reason = reason
    return true
  }

  /**
   * Refused; the first few of a streak are tolerated, then each pause is twice as long as the last. `latest`: of the last
   * request sent so far.
   */
  failed(now: number, sequence: number, latest: number, tolerated: number, reason: string): void {
    if (sequence <= this.#sequence) return
    this.#streak += 1
    if (this.#streak <= tolerated) return
    this.#ms = Math.min(LONGEST_MS, Math.max(FIRST_MS, 2 * this.#ms))
    this.#sequence = latest
    this.#until = Math.max(this.#until, now + this.#ms)
    this.#reason = reason
  }

  sent(now: number): void {
    if (this.#ms > 0) this.#until = Math.max(this.#until, now + PROBATION_MS)
  }

  /** A request was let in. */
  passed(now: number, sequence: number): void {
    if (sequence <= this.#sequence) return
    this.#streak = 0
    if (this.#ms === 0) return
    this.#ms = 0
    this.#until = now
  }
}
