import { Heap } from '../../lib/heap.ts'
import type { ConcurrencyCap } from './concurrency-cap.ts'

/** What the queue needs to know of a waiter. */
export interface QueueItem {
  readonly fairnessKey: string
  /** Continuation turns stand in a band of their own, served before first turns. */
  readonly continuation: boolean
  /** A refused attempt: back at the head of its key. */
  readonly returned: boolean
  readonly arrived: number
  /** Ascending with every waiter. */
  readonly order: number
  /** Work it stands for, in tokens. */
  readonly work: number
  /** While it is full, the item may not be served and holds up nobody else. */
  readonly cap?: ConcurrencyCap
  /** Kept by the queue. */
  place: number
  key: FairKey | null
}

/** One rollout, session or connection in one band. */
export class FairKey {
  readonly name: string
  readonly band: Band
  /** Tokens served: whoever has the least is next. */
  counter = 0
  place = -1
  inFlight = 0
  /** Where it waits for a place under a cap; out of its band's heap meanwhile. */
  parked: Heap<FairKey> | null = null
  readonly waiting = new Heap<QueueItem>(itemOrder)

  constructor(name: string, band: Band) {
    this.name = name
    this.band = band
  }
}

export interface Band {
  readonly continuation: boolean
  readonly weight: number
  readonly keys: Map<string, FairKey>
  /** Keys with waiters. */
  readonly active: Heap<FairKey>
  /** Served work divided by weight: the band with the least is next. */
  served: number
  /** The least counter among the active keys, never falling: where newcomers start. */
  floor: number
  size: number
  work: number
  /** Average work of an item. */
  usual: number
  /** Number of keys at which idle ones are looked for. */
  forgetAt: number
}

const itemOrder = {
  before(a: QueueItem, b: QueueItem): boolean {
    if (a.returned !== b.returned) return a.returned
    return a.arrived === b.arrived ? a.order < b.order : a.arrived < b.arrived
  },
  place: (item: QueueItem): number => item.place,
  setPlace(item: QueueItem, place: number): void {
    item.place = place
  },
}

export const keyOrder = {
  before(a: FairKey, b: FairKey): boolean {
    if (a.counter !== b.counter) return a.counter < b.counter
    return itemOrder.before(a.waiting.peek() as QueueItem, b.waiting.peek() as QueueItem)
  },
  place: (key: FairKey): number => key.place,
  setPlace(key: FairKey, place: number): void {
    key.place = place
  },
}

export const CONTINUATION_WEIGHT = 2
/** A waiting band's weight rises by one for every such stretch its next waiter has waited, up to the other's. */
const AGEING_MS = 30_000
const FORGET_ABOVE = 1024
export function band(continuation: boolean, weight: number): Band {
  return {
    continuation,
    weight,
    keys: new Map(),
    active: new Heap<FairKey>(keyOrder),
    served: 0,
    floor: 0,
    size: 0,
    work: 0,
    usual: 0,
    forgetAt: FORGET_ABOVE,
  }
}

export function weightOf(band: Band, now: number): number {
  if (band.weight >= CONTINUATION_WEIGHT) return band.weight
  const next = band.active.peek()?.waiting.peek()
  const waited = next ? Math.max(0, now - next.arrived) : 0
  return Math.min(CONTINUATION_WEIGHT, band.weight + Math.floor(waited / AGEING_MS))
}

/** Keys that would start at the floor anyway need not be remembered. */
export function forget(band: Band): void {
  for (const [name, key] of band.keys) {
    if (key.inFlight === 0 && key.waiting.size === 0 && key.counter <= band.floor) band.keys.delete(name)
  }
  band.forgetAt = Math.max(FORGET_ABOVE, 2 * band.keys.size)
}
