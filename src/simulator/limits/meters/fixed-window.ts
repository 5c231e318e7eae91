import type { Meter } from './meter.ts'

/** "40 per minute" counted from zero at the start of every window, as simple gateways do it. */
export class FixedWindow implements Meter {
  limit: number
  readonly #windowMs: number
  readonly #origin: number
  #foreignShare = 0
  #window = 0
  #used = 0
  #at: number

  constructor(limit: number, windowMs: number, now: number) {
    this.limit = limit
    this.#windowMs = windowMs
    this.#origin = now
    this.#at = now
  }

  advance(now: number): void {
    if (now <= this.#at) return
    this.#at = now
    const window = Math.floor((now - this.#origin) / this.#windowMs)
    if (window === this.#window) return
    this.#window = window
    this.#used = 0
  }

  fits(amount: number): boolean {
    const ours = this.limit * (1 - this.#foreignShare)
    return this.#used + Math.min(amount, ours) <= ours
  }

  take(amount: number): void {
    this.#used += amount
  }

  giveBack(amount: number): void {
    this.#used = Math.max(0, this.#used - amount)
  }

  shownUsed(): number {
    return Math.ceil(Math.min(this.limit, this.#used + this.limit * this.#foreignShare))
  }

  waitMs(): number {
    return this.resetMs()
  }

  resetMs(): number {
    return Math.max(1, Math.ceil(this.#origin + (this.#window + 1) * this.#windowMs - this.#at))
  }

  change(limit: number, foreignShare: number): void {
    this.limit = limit
    this.#foreignShare = foreignShare
  }
}
