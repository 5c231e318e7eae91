import type { FairQueue } from './fair-queue.ts'
import type { Sized } from './domain.ts'

/** So many smaller requests may pass one that does not fit, and for so long; then everything waits for it. */
const MOST_PASSES = 8
const LONGEST_HOLD_MS = 2000
/** What fits sooner than this is not worth overtaking. */
const WORTH_PASSING_MS = 50
const SMALLER = 0.5

/** Chooses the next of a queue: its head, or something smaller beside a head that does not fit yet. */
export class HeadOfLine<Item extends Sized> {
  readonly #queue: FairQueue<Item>
  readonly #waitMs: (item: Item) => number
  #passes = 0
  #heldAt = 0

  /** `waitMs`: milliseconds until an item fits the limits; 0 when it does. */
  constructor(queue: FairQueue<Item>, waitMs: (item: Item) => number) {
    this.#queue = queue
    this.#waitMs = waitMs
  }

  /** Who may go now, or the milliseconds until somebody may. */
  next(now: number): Item | number {
    const { held } = this.#queue
    if (held) return this.#beside(held, now)
    const head = this.#queue.head(now)
    if (!head) return Infinity
    const wait = this.#waitMs(head)
    if (wait <= 0) return head
    if (wait < WORTH_PASSING_MS) return wait
    this.#queue.hold(head)
    this.#heldAt = now
    this.#passes = 0
    return this.#beside(head, now)
  }

  #beside(held: Item, now: number): Item | number {
    const wait = this.#waitMs(held)
    if (wait <= 0) return held
    if (this.#passes >= MOST_PASSES || now - this.#heldAt > LONGEST_HOLD_MS) return wait
    const other = this.#queue.head(now)
    if (!other || other.tokens > SMALLER * held.tokens) return wait
    const otherWait = this.#waitMs(other)
    if (otherWait > 0) return Math.min(wait, otherWait)
    this.#passes += 1
    return other
  }
}
