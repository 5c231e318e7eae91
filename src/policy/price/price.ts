import type { Usage } from '../../call/outcome.ts'
import type {
  Confidence,
  LongContext,
  ModelFacts,
  PriceColumns,
  PriceTable,
  PriceTier,
} from './price-table.ts'

/** One answered call, as far as its price depends on it. */
export interface PriceQuery {
  /** The model that served (a snapshot, where the answer names one). */
  readonly model: string
  /** The tier that served, from the answer; null where the answer names none. `batch` for work done in a batch. */
  readonly serviceTier: string | null
  readonly usage: Usage
  /** Epoch milliseconds: prices change with time. */
  readonly at: number
}

/** Exact parts of a price in millionths of a micro-dollar (10⁻¹² dollars). Their rounded sum is the price. */
export interface PriceBreakdown {
  readonly uncached: number
  readonly cached: number
  readonly written: number
  readonly output: number
}

export interface KnownPrice {
  /** What the call costs. */
  readonly microDollars: number
  readonly priceConfidence: Confidence
  readonly tier: PriceTier
  /** The whole request was priced at the long-context rates. */
  readonly longContext: boolean
  readonly breakdown: PriceBreakdown
}

/** Why a price is not known, as a sentence. Unknown is never zero. */
export interface UnknownPrice {
  readonly unknown: string
}

/** `service_tier` of an answer → what it is billed as. `priority` is what an answer says when `fast` was asked. */
const TIER_BY_NAME: ReadonlyMap<string, PriceTier> = new Map([
  ['default', 'standard'],
  ['auto', 'standard'],
  ['standard', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['fast', 'priority'],
  ['ultrafast', 'ultrafast'],
  ['batch', 'batch'],
])

/**
 * Prices one call by what was served.
 *
 * All sums are whole numbers: tokens × micro-dollars per million tokens. Rounding happens once, half up, when the
 * call's total becomes micro-dollars; a bill is the sum of its calls' rounded prices, so ledger and bill agree exactly.
 * Tokens of tools (web search, containers) are in the usage; their fees per use are not part of this table.
 */
export function priceOf(query: PriceQuery, table: PriceTable): KnownPrice | UnknownPrice {
  const model = table.find(query.model)
  if (!model) return { unknown: `no price is known for the model ${query.model}; add it under "prices:"` }
  const tier = query.serviceTier === null ? 'standard' : TIER_BY_NAME.get(query.serviceTier)
  if (!tier) return { unknown: `the service tier ${query.serviceTier} has no price per token` }
  const period = table.period(model, query.at)
  const columns = period?.[tier]
  if (!period || !columns) {
    return { unknown: `no ${tier} price is known for ${model.id}; add it under "prices:"` }
  }
  const { usage } = query
  if (!consistent(usage)) return { unknown: 'the token counts of the answer contradict each other' }

  const longContext = model.longContext === true && usage.input > table.data.longContext.aboveInputTokens
  const prices = longContext ? raised(columns, table.data.longContext) : columns
  const parts = partsOf(usage, prices, model)
  if (typeof parts === 'string') {
    return { unknown: `no ${tier} price of ${parts} is known for ${model.id}; add it under "prices:"` }
  }
  const breakdown = {
    uncached: (usage.input - usage.cachedInput - usage.cacheWrite) * parts.uncached,
    cached: usage.cachedInput * parts.cached,
    written:
      (usage.cacheWrite - usage.cacheWrite12h) * parts.written30m + usage.cacheWrite12h * parts.written12h,
    output: usage.output * parts.output,
  }
  const sum = breakdown.uncached + breakdown.cached + breakdown.written + breakdown.output
  // $9,007 for one call: a server that counts wrongly, and doubles no longer hold every whole number.
  if (sum > Number.MAX_SAFE_INTEGER - MILLION)
    return { unknown: 'the token counts of the answer are impossibly high' }
  // A missing tier is nearly always the standard one, but the answer did not say so.
  const certain = query.serviceTier !== null && query.serviceTier !== 'auto' && !parts.assumed
  return {
    microDollars: rounded(sum),
    priceConfidence: certain || period.confidence === 'low' ? period.confidence : 'medium',
    tier,
    longContext,
    breakdown,
  }
}

/** The prices that apply to each part of a usage. */
interface Parts {
  readonly uncached: number
  readonly cached: number
  readonly written30m: number
  readonly written12h: number
  readonly output: number
  /** Cached tokens are charged as plain input because no discount is published. */
  readonly assumed: boolean
}

/** The price of each part that has tokens, or the name of one that has none. */
function partsOf(usage: Usage, prices: PriceColumns, model: ModelFacts): Parts | string {
  const [input, cachedInput, cacheWrite30m, cacheWrite12h, output] = prices
  if (input === null) return 'input'
  if (output === null) return 'output'
  // Models before the breakpoint generation bill a written token as plain input, and those without a published
  // discount a cached one.
  const writesBilled = model.cache === 'breakpoints'
  const written30m = cacheWrite30m ?? (writesBilled ? null : input)
  const written12h = cacheWrite12h ?? (writesBilled ? null : input)
  const cached = cachedInput ?? (model.cache === 'none' ? input : null)
  if (cached === null && usage.cachedInput > 0) return 'cached input'
  if (written30m === null && usage.cacheWrite > usage.cacheWrite12h) return '30-minute cache writes'
  if (written12h === null && usage.cacheWrite12h > 0) return '12-hour cache writes'
  return {
    uncached: input,
    cached: cached ?? 0,
    written30m: written30m ?? 0,
    written12h: written12h ?? 0,
    output,
    assumed: cachedInput === null && usage.cachedInput > 0,
  }
}

/** The long-context rates: one factor for every kind of input, another for output, the last column. */
function raised(columns: PriceColumns, rule: LongContext): PriceColumns {
  const result = columns.map((price, index) => {
    const percent = index === columns.length - 1 ? rule.outputPercent : rule.inputPercent
    return price === null ? null : (price * percent) / 100
  })
  return result as unknown as PriceColumns
}

function consistent(usage: Usage): boolean {
  const { input, cachedInput, cacheWrite, cacheWrite12h, output } = usage
  for (const count of [input, cachedInput, cacheWrite, cacheWrite12h, output]) {
    if (!Number.isSafeInteger(count) || count < 0) return false
  }
  return cachedInput + cacheWrite <= input && cacheWrite12h <= cacheWrite
}

const MILLION = 1_000_000

/** Millionths of a micro-dollar to micro-dollars, half up. The remainder is exact where a division is not. */
function rounded(sum: number): number {
  const shifted = sum + MILLION / 2
  return (shifted - (shifted % MILLION)) / MILLION
}
