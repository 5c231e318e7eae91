import { countsTokens } from '../quota/dimension-name.ts'
import type { QuotaDimension } from '../quota/quota-dimension.ts'
import type { Ceilings } from '../quota/slow-down-governor.ts'
import type { FairQueue } from './fair-queue.ts'
import type { Sized } from './domain.ts'

/** What a forecast is made from. Rates per ms; Infinity where no limit is known. */
export interface Outlook<Item extends Sized> {
  readonly queue: FairQueue<Item>
  /** Tokens foreseen for everyone who waits. */
  readonly queuedTokens: number
  readonly rates: Ceilings
  /** Limits that may be used up at will, a day's. */
  readonly stocks: readonly QuotaDimension[]
  /** Milliseconds in which nothing is sent at all. */
  readonly pauseMs: number
}

/**
 * Milliseconds a newcomer is likely to wait; null while no limit is known. Its key is served in turn with the others, so
 * that what is ahead of it is not the whole queue but about one call of each key for every call of its own.
 */
export function predictedWaitMs<Item extends Sized>(outlook: Outlook<Item>, item: Item): number | null {
  const { queue, pauseMs } = outlook
  const own = queue.band(item.continuation)
  const other = queue.band(!item.continuation)
  const position = (own.keys.get(item.fairnessKey)?.waiting.size ?? 0) + 1
  const beside = Math.min(own.size, (own.active.size + 1) * position)
  const ahead = beside + Math.min(other.size, (beside * other.weight) / own.weight)
  if (ahead === 0) return pauseMs
  if (nothingKnown(outlook)) return pauseMs > 0 ? pauseMs : null
  const average = outlook.queuedTokens / Math.max(1, queue.size)
  return pauseMs + timeFor(ahead, ahead * average, outlook)
}

/** Milliseconds until everyone who waits now has been sent; null while no limit is known. */
export function emptyInMs<Item extends Sized>(outlook: Outlook<Item>): number | null {
  const { queue, pauseMs, queuedTokens } = outlook
  if (queue.size === 0) return 0
  if (nothingKnown(outlook)) return null
  return pauseMs + timeFor(queue.size, queuedTokens, outlook)
}

type Limits = Pick<Outlook<Sized>, 'rates' | 'stocks'>

function nothingKnown({ rates, stocks }: Limits): boolean {
  const { requests, tokens } = rates
  return requests === Infinity && tokens === Infinity && stocks.length === 0
}

function timeFor(requests: number, tokens: number, { rates, stocks }: Limits): number {
  let longest = Math.max(requests / rates.requests, tokens / rates.tokens)
  for (const { name, stock } of stocks) {
    if (!stock) continue
    const lacking = (countsTokens(name) ? tokens : requests) - stock.left
    longest = Math.max(longest, lacking / stock.refill)
  }
  return longest
}
