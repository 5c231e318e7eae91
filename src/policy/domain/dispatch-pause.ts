const FLEX_PAUSE_MS = 1000
const LONGEST_FLEX_PAUSE_MS = 60_000

/** A time in which nothing is sent because the upstream asked for it. */
export class DispatchPause {
  #until = 0
  #reason: string | null = null
  #flexMs = FLEX_PAUSE_MS

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

  /** No capacity for flex requests: twice as long each time. */
  flex(now: number, askedMs: number | null): void {
    this.extend(now, askedMs ?? this.#flexMs, 'there is no capacity for flex requests')
    this.#flexMs = Math.min(LONGEST_FLEX_PAUSE_MS, 2 * this.#flexMs)
  }

  /** Something was let in. */
  passed(): void {
    this.#flexMs = FLEX_PAUSE_MS
  }
}
