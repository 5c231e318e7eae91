import type { Clock } from '../../src/lib/clock.ts'
import { Heap } from '../../src/lib/heap.ts'

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
  place: number
}

/** A clock that jumps from event to event, so that an hour of quota takes a second of test. */
export class VirtualTime implements Clock {
  #now = 0
  #order = 0
  readonly #events = new Heap<Event>({
    before: (a, b) => (a.at === b.at ? a.order < b.order : a.at < b.at),
    place: (event) => event.place,
    setPlace: (event, place) => {
      event.place = place
    },
  })

  now(): number {
    return this.#now
  }

  wall(): number {
    return Date.UTC(2026, 10, 22, 10) + this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const event = { at: this.#now + Math.max(0, ms), order: this.#order++, run: callback, place: -1 }
    this.#events.push(event)
    return () => this.#events.remove(event)
  }

  /** Runs everything up to `end`, letting promises settle after each event. */
  async run(end: number): Promise<void> {
    for (let event = this.#events.peek(); event && event.at <= end; event = this.#events.peek()) {
      this.#events.pop()
      this.#now = event.at
      event.run()
      await Promise.resolve()
      await Promise.resolve()
    }
    this.#now = end
  }
}

/** Numbers in [0, 1) that repeat with the seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    let mixed = state ^ (state >>> 15)
    mixed = Math.imul(mixed, 0x2c1b3c6d)
    mixed ^= mixed >>> 12
    return (mixed >>> 0) / 4_294_967_296
  }
}
