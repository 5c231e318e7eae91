import type { Usage } from '../../src/call/outcome.ts'
import { priceOf } from '../../src/policy/price/price.ts'
import { standardPrices } from '../../src/policy/price/price-table.ts'
import type { BillRow } from '../../src/simulator/billing/bill.ts'

/** What a bill consists of, in micro-dollars; the parts are rounded, the total is the bill's. */
export interface Costs {
  readonly input: number
  readonly output: number
  readonly total: number
}

/** Splits a bill into its input and its output, by the price table. */
export function costsOf(rows: readonly BillRow[]): Costs {
  let output = 0
  let total = 0
  for (const row of rows) {
    total += row.microDollars ?? 0
    output += outputCost(row)
  }
  return { input: Math.round(total - output), output: Math.round(output), total }
}

function outputCost(row: BillRow): number {
  const usage: Usage = {
    input: row.inputTokens,
    cachedInput: row.cachedTokens,
    cacheWrite: row.written30mTokens + row.written12hTokens,
    cacheWrite12h: row.written12hTokens,
    output: row.outputTokens,
    reasoning: row.reasoningTokens,
  }
  const price = priceOf({ model: row.model, serviceTier: row.serviceTier, usage, at: row.at }, standardPrices)
  if ('unknown' in price) throw new Error(price.unknown)
  return price.breakdown.output / 1_000_000
}
