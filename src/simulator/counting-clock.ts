import type { Clock } from '../lib/clock.ts'

/** A clock that knows how many timers are set, so that a test can tell when it is time to advance it. */
export class CountingClock implements Clock {
  /** Called whenever the number changes. */
  onChange: (timers: number) => void = () => undefined
  readonly #inner: Clock
  #timers = 0

  constructor(inner: Clock) {
    this.#inner = inner
  }

  now(): number {
    return this.#inner.now()
  }

  wall(): number {
    return this.#inner.wall()
  }

  after(ms: number, callback: () => void): () => void {
    let open = true
    const settle = (): void => {
      if (!open) return
      open = false
      this.onChange(--this.#timers)
    }
    const cancel = this.#inner.after(ms, () => {
      settle()
      callback()
    })
    this.onChange(++this.#timers)
    return () => {
      cancel()
      settle()
    }
  }
}
