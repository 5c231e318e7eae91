import { Heap } from '../../src/lib/heap.ts'
import type { Clock } from '../../src/lib/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
  place: number
}

/** A clock that jumps from timer to timer when it is told to: minutes of an evaluation take seconds. */
export class StepClock implements Clock {
  #now = 0
  #order = 0
  readonly #wall: number
  readonly #timers = new Heap<Timer>({
    before: (a, b) => (a.at === b.at ? a.order < b.order : a.at < b.at),
    place: (timer) => timer.place,
    setPlace: (timer, place) => {
      timer.place = place
    },
  })

  constructor(wall = Date.UTC(2026, 10, 23, 9)) {
    this.#wall = wall
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#wall + Math.floor(this.#now)
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback, place: -1 }
    this.#timers.push(timer)
    return () => this.#timers.remove(timer)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Goes on to the next timer and fires it, with all that are due at the same time. False when none is set. */
  step(): boolean {
    let due = this.#timers.peek()
    if (!due) return false
    this.#now = Math.max(this.#now, due.at)
    while (due && due.at <= this.#now) {
      this.#timers.pop()
      due.callback()
      due = this.#timers.peek()
    }
    return true
  }
}
