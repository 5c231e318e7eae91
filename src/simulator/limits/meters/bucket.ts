import type { Meter } from './meter.ts'

/** Keep the rounding of sums from deciding anything: in units, and as a part of a millisecond. */
const unitNoise = 1e-6
const msNoise = 1e-9

/**
 * A bucket of one window's size that refills continuously: what is in use drains at limit / window.
 *
 * Waits follow the law measured on OpenAI's messages, `floor((Used + Requested − Limit) · window / Limit)`
 * with whole numbers. Because that is truncated, a request whose lack refills within a millisecond is let
 * through, or else a client that waits exactly as told would be refused again.
 */
export class Bucket implements Meter {
  limit: number
  readonly #windowMs: number
  /** Refill per millisecond, and what of it another user leaves. */
  #perMs: number
  #drainPerMs: number
  #used: number
  #at: number

  constructor(limit: number, windowMs: number, now: number, used = 0) {
    this.limit = limit
    this.#windowMs = windowMs
    this.#perMs = limit / windowMs
    this.#drainPerMs = this.#perMs
    this.#used = used
    this.#at = now
  }

  advance(now: number): void {
    if (now <= this.#at) return
    this.#used = Math.max(0, this.#used - (now - this.#at) * this.#drainPerMs)
    this.#at = now
  }

  fits(amount: number): boolean {
    return this.#used + Math.min(amount, this.limit) - this.limit < this.#perMs * (1 - msNoise)
  }

  take(amount: number): void {
    this.#used += amount
  }

  giveBack(amount: number): void {
    this.#used = Math.max(0, this.#used - amount)
  }

  /** Rounded up, so that who waits by the printed figures has always waited long enough. */
  shownUsed(): number {
    return Math.max(0, Math.ceil(this.#used - unitNoise))
  }

  waitMs(amount: number): number {
    const lacking = this.shownUsed() + Math.min(amount, this.limit) - this.limit
    return Math.max(1, Math.floor((lacking * this.#windowMs) / this.limit))
  }

  resetMs(): number {
    return Math.floor((this.shownUsed() * this.#windowMs) / this.limit)
  }

  /** What is in use stays in use; a lowered limit forgives what exceeds it. */
  change(limit: number, foreignShare: number): void {
    if (limit < this.limit) this.#used = Math.min(this.#used, limit)
    this.limit = limit
    this.#perMs = limit / this.#windowMs
    this.#drainPerMs = this.#perMs * (1 - foreignShare)
  }
}
