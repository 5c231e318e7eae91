import type { Meter } from './meter.ts'

/** At most the limit in any stretch of one window's length: a log of what was taken when. */
export class SlidingWindow implements Meter {
  limit: number
  readonly #windowMs: number
  #foreignShare = 0
  #at: number
  #used = 0
  /** The log, oldest first; entries before `#oldest` have left the window. */
  #takenAt: number[] = []
  #amounts: number[] = []
  #oldest = 0

  constructor(limit: number, windowMs: number, now: number) {
    this.limit = limit
    this.#windowMs = windowMs
    this.#at = now
  }

  advance(now: number): void {
    if (now <= this.#at) return
    this.#at = now
    while (this.#oldest < this.#takenAt.length && this.#takenAt[this.#oldest]! <= now - this.#windowMs) {
      this.#used -= this.#amounts[this.#oldest]!
      this.#oldest++
    }
    if (this.#oldest > 1024 && this.#oldest * 2 > this.#takenAt.length) {
      this.#takenAt = this.#takenAt.slice(this.#oldest)
      this.#amounts = this.#amounts.slice(this.#oldest)
      this.#oldest = 0
    }
  }

  fits(amount: number): boolean {
    return this.#used + Math.min(amount, this.#ours()) <= this.#ours()
  }

  take(amount: number): void {
    this.#takenAt.push(this.#at)
    this.#amounts.push(amount)
    this.#used += amount
  }

  /** Takes from the newest entries: the log does not know whose they were. */
  giveBack(amount: number): void {
    let left = amount
    for (let index = this.#amounts.length - 1; index >= this.#oldest && left > 0; index--) {
      const back = Math.min(left, this.#amounts[index]!)
      this.#amounts[index] = this.#amounts[index]! - back
      this.#used -= back
      left -= back
    }
  }

  shownUsed(): number {
    return Math.ceil(Math.min(this.limit, this.#used + this.limit * this.#foreignShare))
  }

  waitMs(amount: number): number {
    let lacking = this.#used + Math.min(amount, this.#ours()) - this.#ours()
    for (let index = this.#oldest; index < this.#takenAt.length; index++) {
      lacking -= this.#amounts[index]!
      if (lacking <= 0) return this.#msUntilGone(index)
    }
    return 1
  }

  resetMs(): number {
    const newest = this.#takenAt.length - 1
    return newest < this.#oldest ? 0 : this.#msUntilGone(newest)
  }

  change(limit: number, foreignShare: number): void {
    this.limit = limit
    this.#foreignShare = foreignShare
  }

  #ours(): number {
    return this.limit * (1 - this.#foreignShare)
  }

  #msUntilGone(index: number): number {
    return Math.max(1, Math.ceil(this.#takenAt[index]! + this.#windowMs - this.#at))
  }
}
