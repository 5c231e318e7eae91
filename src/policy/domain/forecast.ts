import type { Ceilings } from '../quota/slow-down-governor.ts'
import type { FairQueue } from './fair-queue.ts'
import type { Sized } from './domain.ts'

/** What a forecast is made from. Rates per ms; Infinity where no limit is known. */
export interface Outlook<Item extends Sized> {
  readonly queue: FairQueue<Item>
  /** Tokens foreseen for everyone who waits. */
  readonly queuedTokens: number
  readonly rates: Ceilings
  /** Milliseconds in which nothing is sent at all. */
  readonly pauseMs: number
}

/**
 * Milliseconds a newcomer is likely to wait; null while no limit is known. Its key is served in turn with the others, so
 * that what is ahead of it is not the whole queue but about one call of each key for every call of its own.
 */
export function predictedWaitMs<Item extends Sized>(outlook: Outlook<Item>, item: Item): number | null {
  const { queue, rates, pauseMs } = outlook
  const own = queue.band(item.continuation)
  const other = queue.band(!item.continuation)
  const position = (own.keys.get(item.fairnessKey)?.waiting.size ?? 0) + 1
  const beside = Math.min(own.size, (own.active.size + 1) * position)
  const ahead = beside + Math.min(other.size, (beside * other.weight) / own.weight)
  if (ahead === 0) return pauseMs
  if (rates.requests === Infinity && rates.tokens === Infinity) return pauseMs > 0 ? pauseMs : null
  const average = outlook.queuedTokens / Math.max(1, queue.size)
  return pauseMs + Math.max(ahead / rates.requests, (ahead * average) / rates.tokens)
}

/** Milliseconds until everyone who waits now has been sent; null while no limit is known. */
export function emptyInMs<Item extends Sized>(outlook: Outlook<Item>): number | null {
  const { queue, rates, pauseMs, queuedTokens } = outlook
  if (queue.size === 0) return 0
  if (rates.requests === Infinity && rates.tokens === Infinity) return null
  return pauseMs + Math.max(queue.size / rates.requests, queuedTokens / rates.tokens)
}
