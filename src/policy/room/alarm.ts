import type { Clock } from '../../lib/clock.ts'

/** One timer, set to the earliest moment at which somebody has to look. */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #at = Infinity
  #cancel: (() => void) | null = null

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Monotonic ms; Infinity for never. One that is set to ring earlier is left alone, for whoever looks sets it anew. */
  set(at: number): void {
    if (this.#cancel) {
      if (this.#at <= at && at !== Infinity) return
      this.#cancel()
      this.#cancel = null
    }
    this.#at = at
    if (at === Infinity) return
    this.#cancel = this.#clock.after(Math.max(0, Math.ceil(at - this.#clock.now())), () => {
      this.#cancel = null
      this.#at = Infinity
      this.#ring()
    })
  }
}
