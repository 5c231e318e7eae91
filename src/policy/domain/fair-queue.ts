import { Heap } from '../../lib/heap.ts'
import {
  band,
  CONTINUATION_WEIGHT,
  FairKey,
  forget,
  keyOrder,
  weightOf,
  type Band,
  type QueueItem,
} from './band.ts'
import type { ConcurrencyCap } from './concurrency-cap.ts'

/**
 * A key that comes back may have so many usual items less served than the others and still be owed them: a rollout is
 * absent while its answer is made and its tools run, and must not lose its turn by that. A longer absence earns nothing.
 */
const CREDIT = 8
const USUAL = 0.01

/**
 * The waiting room of one domain: two bands, in each a virtual token counter per fairness key (the key served least is
 * next, a newcomer starts level with the least), within a key first come first served. Every operation is O(log n).
 */
export class FairQueue<Item extends QueueItem> {
  readonly #continuation = band(true, CONTINUATION_WEIGHT)
  readonly #first = band(false, 1)
  /** The key whose head did not fit and lets others pass: out of its band's heap meanwhile. */
  #held: FairKey | null = null
  /** Keys whose next item has no place under its cap. */
  readonly #parked = new Map<ConcurrencyCap, Heap<FairKey>>()

  get size(): number {
    return this.#continuation.size + this.#first.size
  }

  get work(): number {
    return this.#continuation.work + this.#first.work
  }

  band(continuation: boolean): Band {
    return continuation ? this.#continuation : this.#first
  }

  push(item: Item): void {
    const key = this.#key(item)
    item.key = key
    key.band.size += 1
    key.band.work += item.work
    key.waiting.push(item)
    if (key === this.#held) return
    if (key.parked) this.#unpark(key)
    else if (key.waiting.size > 1) key.band.active.update(key)
    else this.#activate(key)
  }

  /** A waiter that left. False when it does not wait here. */
  remove(item: Item): boolean {
    const { key } = item
    if (!key?.waiting.remove(item)) return false
    this.#left(key, item)
    return true
  }

  /** The next to be served, apart from the held one; null when nobody else waits. */
  head(now: number): Item | null {
    // One at a time: with each that is served, this is asked again.
    for (const [cap, keys] of this.#parked) if (!cap.full) this.#unpark(keys.peek() as FairKey)
    for (;;) {
      const key = this.#nextBand(now)?.active.peek()
      const item = key?.waiting.peek() as Item | undefined
      if (!key || !item) return null
      if (!item.cap?.full) return item
      this.#park(key, item.cap)
    }
  }

  get held(): Item | null {
    const item = this.#held?.waiting.peek() as Item | undefined
    if (item?.cap?.full) this.release()
    return this.#held && item ? item : null
  }

  /** Sets the head aside, with everything behind it in its key, so that others can be looked at. */
  hold(item: Item): void {
    this.release()
    const { key } = item
    if (!key) return
    key.band.active.remove(key)
    this.#held = key
  }

  release(): void {
    const key = this.#held
    this.#held = null
    if (key && key.waiting.size > 0) this.#activate(key)
  }

  /** Takes a waiter out and books its work: `head` or `held`. */
  serve(item: Item, now: number): FairKey {
    const { key } = item
    if (!key) throw new Error('the item does not wait here')
    if (key === this.#held) this.release()
    const { band } = key
    band.floor = Math.max(band.floor, Math.min(key.counter, band.active.peek()?.counter ?? Infinity))
    band.served += item.work / weightOf(band, now)
    band.usual += USUAL * (item.work - band.usual)
    key.counter += item.work
    key.waiting.remove(item)
    this.#left(key, item)
    key.inFlight += 1
    // With nobody waiting nobody is owed anything: whoever comes next starts level with the last one served.
    if (band.size === 0) band.floor = Math.max(band.floor, key.counter)
    return key
  }

  /** Books work that never waited. */
  pass(item: Item, now: number): FairKey {
    this.push(item)
    return this.serve(item, now)
  }

  /** The work was another than foreseen, by so much, and is over. */
  settle(key: FairKey, difference: number): void {
    key.counter += difference
    key.inFlight -= 1
    if (key.place >= 0) (key.parked ?? key.band.active).update(key)
  }

  /** Everyone who waits, in no particular order. The queue must not change meanwhile. */
  *values(): IterableIterator<Item> {
    for (const band of [this.#continuation, this.#first]) {
      for (const key of band.active.values()) yield* key.waiting.values() as IterableIterator<Item>
    }
    if (this.#held) yield* this.#held.waiting.values() as IterableIterator<Item>
    for (const keys of this.#parked.values()) {
      for (const key of keys.values()) yield* key.waiting.values() as IterableIterator<Item>
    }
  }

  #left(key: FairKey, item: Item): void {
    item.key = null
    key.band.size -= 1
    key.band.work -= item.work
    if (key === this.#held) {
      if (key.waiting.size === 0) this.#held = null
    } else if (key.parked) this.#unpark(key)
    else if (key.waiting.size === 0) key.band.active.remove(key)
    else key.band.active.update(key)
    if (key.band.size === 0) key.band.work = 0
  }

  #park(key: FairKey, cap: ConcurrencyCap): void {
    key.band.active.remove(key)
    let keys = this.#parked.get(cap)
    if (!keys) this.#parked.set(cap, (keys = new Heap<FairKey>(keyOrder)))
    key.parked = keys
    keys.push(key)
  }

  /** Back among those who may be next, if anybody waits there. */
  #unpark(key: FairKey): void {
    const keys = key.parked
    key.parked = null
    keys?.remove(key)
    if (keys?.size === 0) {
      for (const [cap, emptied] of this.#parked) if (emptied === keys) this.#parked.delete(cap)
    }
    if (key.waiting.size > 0) this.#activate(key)
  }

  #activate(key: FairKey): void {
    const { band } = key
    key.counter = Math.max(key.counter, band.floor - CREDIT * band.usual)
    if (band.active.size === 0) {
      // A band that comes back has no claim on what it did not ask for.
      const other = band === this.#first ? this.#continuation : this.#first
      if (other.active.size > 0) band.served = Math.max(band.served, other.served)
    }
    band.active.push(key)
  }

  #nextBand(now: number): Band | null {
    const continuation = this.#continuation
    const first = this.#first
    if (first.active.size === 0) return continuation.active.size === 0 ? null : continuation
    if (continuation.active.size === 0) return first
    const claim = (band: Band): number =>
      band.served + (band.active.peek()?.waiting.peek()?.work ?? 0) / weightOf(band, now)
    return claim(first) < claim(continuation) ? first : continuation
  }

  #key(item: Item): FairKey {
    const band = this.band(item.continuation)
    const known = band.keys.get(item.fairnessKey)
    if (known) return known
    if (band.keys.size >= band.forgetAt) forget(band)
    const key = new FairKey(item.fairnessKey, band)
    key.counter = band.floor
    band.keys.set(item.fairnessKey, key)
    return key
  }
}
