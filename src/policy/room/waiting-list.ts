import { Heap } from '../../lib/heap.ts'
import { deadlineOrder, type Waiter } from './waiter.ts'

/** Everybody who waits, whatever for: each in the queue of its domain, and those who must not wait for ever by their deadlines. */
export class WaitingList {
  readonly #deadlines = new Heap<Waiter>(deadlineOrder)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Infinity where nobody has one. */
  get nextDeadline(): number {
    return this.#deadlines.peek()?.deadline ?? Infinity
  }

  add(waiter: Waiter): void {
    waiter.domain.push(waiter)
    this.#count += 1
    if (waiter.deadline !== Infinity) this.#deadlines.push(waiter)
  }

  /** False when it does not wait any more. */
  remove(waiter: Waiter): boolean {
    if (!waiter.domain.remove(waiter)) return false
    this.served(waiter)
    return true
  }

  /** Its domain takes it out of the queue by itself. */
  served(waiter: Waiter): void {
    this.#count -= 1
    this.#deadlines.remove(waiter)
  }

  /** Somebody whose deadline has passed. */
  overdue(now: number): Waiter | null {
    const next = this.#deadlines.peek()
    return next && next.deadline <= now ? next : null
  }
}
