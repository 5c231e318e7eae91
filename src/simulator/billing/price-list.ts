import list from './price-list.json' with { type: 'json' }

/** How a model caches prompts: by itself in steps of 128 tokens, at marked boundaries, or not at all. */
export type CacheGeneration = 'steps' | 'breakpoints' | 'none'

/** What a request used, as it is billed: each input token is exactly one of uncached, cached and written. */
export interface BilledTokens {
  readonly uncached: number
  readonly cached: number
  readonly written30m: number
  readonly written12h: number
  readonly output: number
}

/** One model's line of the list. */
export interface ListedPrices {
  readonly id: string
  readonly cache: CacheGeneration
  /** `24h` where the model keeps prompts that long without being asked. */
  readonly retention: string | null
  /** More input than this makes the whole request long; null where length does not matter. */
  readonly longContextAbove: number | null
  readonly periods: readonly Period[]
}

/** Prices by tier, from a moment on; micro-dollars per million tokens in the order of `BilledTokens`. */
interface Period {
  readonly since: number
  readonly tiers: ReadonlyMap<string, readonly (bigint | null)[]>
}

const byName = readList()

/** The line of a model, by its id, a snapshot or an alias; undefined for models nobody has a price for. */
export function listedPrices(name: string): ListedPrices | undefined {
  return byName.get(name)
}

/** Every id of the list. */
export function listedModels(): readonly string[] {
  return [...new Set([...byName.values()].map((line) => line.id))]
}

const million = 1_000_000n

/**
 * Micro-dollars of one request; null where the list has no price for the tier or for one of the kinds of token used.
 *
 * Long requests cost twice the input prices and one and a half times the output price, all of their tokens.
 *
 * @param at epoch milliseconds
 */
export function requestCost(
  line: ListedPrices,
  tier: string,
  tokens: BilledTokens,
  at: number,
): number | null {
  const prices = line.periods.findLast((period) => period.since <= at)?.tiers.get(tier)
  if (prices === undefined) return null
  const { uncached, cached, written30m, written12h, output } = tokens
  const input = uncached + cached + written30m + written12h
  const long = line.longContextAbove !== null && input > line.longContextAbove
  let doubled = 0n
  for (const [index, count] of [uncached, cached, written30m, written12h, output].entries()) {
    if (count === 0) continue
    const price = prices[index] ?? fallbackPrice(line, prices, index)
    if (price === null) return null
    const factor = !long ? 2n : index < 4 ? 4n : 3n
    doubled += BigInt(count) * price * factor
  }
  // Half a micro-dollar counts as a whole one.
  return Number((doubled + million) / (2n * million))
}

/** Where no discount and no surcharge is listed, the plain price of input holds. */
function fallbackPrice(line: ListedPrices, prices: readonly (bigint | null)[], index: number): bigint | null {
  const plain = index === 1 ? line.cache === 'none' : index < 4 && line.cache !== 'breakpoints'
  return plain ? (prices[0] ?? null) : null
}

function readList(): ReadonlyMap<string, ListedPrices> {
  const lines = (list.models as unknown as readonly JsonLine[]).map((line): [JsonLine, ListedPrices] => [
    line,
    {
      id: line.id,
      cache: line.cache,
      retention: line.retention ?? null,
      longContextAbove: line.longContextAbove ?? null,
      periods: line.periods.map(({ from, ...tiers }, index) => ({
        since: from === undefined || index === 0 ? -Infinity : Date.parse(from),
        tiers: new Map(Object.entries(tiers).map(([tier, dollars]) => [tier, dollars.map(microDollars)])),
      })),
    },
  ])
  const names = new Map<string, ListedPrices>()
  for (const [, line] of lines) names.set(line.id, line)
  // An id means the model of that id, also where another model has it as its snapshot.
  for (const [json, line] of lines) {
    for (const name of json.names ?? []) if (!names.has(name)) names.set(name, line)
  }
  return names
}

function microDollars(dollars: number | null): bigint | null {
  return dollars === null ? null : BigInt(Math.round(dollars * 1_000_000))
}

interface JsonLine {
  readonly id: string
  readonly names?: readonly string[]
  readonly cache: CacheGeneration
  readonly retention?: string
  readonly longContextAbove?: number
  readonly periods: readonly ({ readonly from?: string } & Readonly<
    Record<string, readonly (number | null)[]>
  >)[]
}
