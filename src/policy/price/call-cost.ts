import { priceOf, type PriceQuery } from './price.ts'
import type { Confidence, PriceTable } from './price-table.ts'

/** What an answered call cost and what its cache hits and its tier took off, as the ledger keeps it. Null is unknown. */
export interface CallCost {
  readonly microDollars: number | null
  readonly priceConfidence: Confidence | null
  /** Date of the price table. */
  readonly priceTable: string
  /** Against the same tokens without any caching; negative when writes cost more than reads saved. */
  readonly savedByCache: number | null
  /** Against the same tokens at the standard tier; negative for a dearer tier. */
  readonly savedByTier: number | null
  /** Why the price is unknown, as a sentence. */
  readonly unknown: string | null
}

/** Prices a call and what it would have cost otherwise. */
export function costOf(query: PriceQuery, table: PriceTable): CallCost {
  const price = priceOf(query, table)
  if ('unknown' in price) {
    return {
      microDollars: null,
      priceConfidence: null,
      priceTable: table.date,
      savedByCache: null,
      savedByTier: null,
      unknown: price.unknown,
    }
  }
  const { usage } = query
  const against = (other: PriceQuery): number | null => {
    const otherwise = priceOf(other, table)
    return 'unknown' in otherwise ? null : otherwise.microDollars - price.microDollars
  }
  const cached = usage.cachedInput > 0 || usage.cacheWrite > 0
  return {
    microDollars: price.microDollars,
    priceConfidence: price.priceConfidence,
    priceTable: table.date,
    savedByCache: cached
      ? against({ ...query, usage: { ...usage, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0 } })
      : 0,
    savedByTier: price.tier === 'standard' ? 0 : against({ ...query, serviceTier: 'default' }),
    unknown: null,
  }
}
