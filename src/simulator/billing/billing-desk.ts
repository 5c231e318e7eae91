import type { Clock } from '../../lib/clock.ts'
import type { BillableRequest, Biller, Price, SettledRequest } from '../plugs.ts'
import { Bill, type BillRow, type BillTotals } from './bill.ts'
import type { CacheSplit } from './cache/cache-split.ts'
import { PromptCache, type PromptCacheOptions } from './cache/prompt-cache.ts'
import { listedPrices, requestCost, type ListedPrices } from './price-list.ts'
import { billRoutes } from './reports/bill-routes.ts'

export type BillingOptions = Partial<PromptCacheOptions>

export interface BillingDesk {
  readonly biller: Biller
  /** What was charged since the start or the last reset. */
  readonly rows: readonly BillRow[]
  readonly totals: BillTotals
}

/** OpenAI's prompt cache and its bill, for `createSimulator({ biller })`. */
export function createBillingDesk(clock: Clock, options: BillingOptions = {}): BillingDesk {
  const cache = new PromptCache({
    requestsPerMinute: options.requestsPerMinute ?? 15,
    machines: options.machines ?? 512,
    idleMs: options.idleMs ?? 5 * 60_000,
  })
  const bill = new Bill()
  const biller: Biller = {
    price: (request) => price(request, cache, bill, clock),
    reset() {
      cache.clear()
      bill.clear()
    },
    routes: billRoutes(bill, clock),
  }
  return {
    biller,
    get rows() {
      return bill.rows
    },
    get totals() {
      return bill.totals
    },
  }
}

function price(request: BillableRequest, cache: PromptCache, bill: Bill, clock: Clock): Price {
  const prices = listedPrices(request.servedModel) ?? listedPrices(request.model)
  const { split, diagnostics } = cache.split(request, prices)
  const { cached, written30m, written12h } = split
  let stored = false
  const store = (now: number): void => {
    if (stored) return
    stored = true
    split.store(now)
  }
  return {
    cachedTokens: cached,
    cacheWriteTokens: written30m + written12h,
    ...(prices?.cache === 'breakpoints'
      ? { cacheWriteDetails: { ttl_30m_tokens: written30m, ttl_12h_tokens: written12h } }
      : {}),
    ...(diagnostics === undefined ? {} : { diagnostics }),
    promptRead: store,
    settle(settled) {
      if (settled.ending === 'failed') return 0
      store(settled.now)
      const row = billRow(request, split, settled, prices, clock.wall())
      bill.add(row)
      return row.microDollars
    },
  }
}

function billRow(
  request: BillableRequest,
  { cached, written30m, written12h }: CacheSplit,
  { ending, outputTokens, reasoningTokens }: SettledRequest,
  prices: ListedPrices | undefined,
  at: number,
): BillRow {
  const { inputTokens, serviceTier } = request
  const uncached = inputTokens - cached - written30m - written12h
  const tokens = { uncached, cached, written30m, written12h, output: outputTokens }
  return {
    id: request.id,
    at,
    organization: request.organization,
    project: request.project,
    apiKeyId: request.apiKeyId,
    endpoint: request.endpoint,
    model: request.servedModel,
    serviceTier,
    ending,
    inputTokens,
    cachedTokens: cached,
    written30mTokens: written30m,
    written12hTokens: written12h,
    outputTokens,
    reasoningTokens,
    microDollars: prices === undefined ? null : requestCost(prices, serviceTier, tokens, at),
  }
}
