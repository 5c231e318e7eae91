import { isObject } from '../../lib/json-object.ts'
import {
  PRICE_TIERS,
  PriceTable,
  type ModelFacts,
  type Price,
  type PriceColumns,
  type PriceData,
  type PricePeriod,
  type PriceTier,
} from './price-table.ts'

/** A mistake in the configuration's `prices:`, with the keys that lead to it. */
export interface PriceProblem {
  readonly path: readonly string[]
  readonly message: string
}

/** Keys of a price entry as people write them, in the order of the table's columns. Dollars per million tokens. */
const COLUMN_KEYS = ['input', 'cached_input', 'cache_write', 'cache_write_12h', 'output'] as const
const OTHER_TIERS = PRICE_TIERS.filter((tier) => tier !== 'standard')

/**
 * The table with the configuration's `prices:` on top, and what is wrong with them.
 *
 * Each key is a model; its value has dollars per million tokens (`input`, `cached_input`, `cache_write`,
 * `cache_write_12h`, `output`) and per tier (`batch`, `flex`, `priority`, `ultrafast`) either the same keys or a number
 * that multiplies the standard prices. Without `cached_input` a cached token costs what any input costs. An entry replaces every price of that model, for all time; a tier it does not
 * mention is unknown. Everything else the table knows of the model stays. `long_context: false` switches off the
 * surcharge for long inputs. A model with a price problem keeps the price it had.
 */
export function withPriceOverrides(
  table: PriceTable,
  prices: Readonly<Record<string, unknown>>,
): { readonly table: PriceTable; readonly problems: readonly PriceProblem[] } {
  const problems: PriceProblem[] = []
  const models = [...table.data.models]
  for (const [name, value] of Object.entries(prices)) {
    const entry = readEntry(value, [name], problems)
    if (!entry) continue
    const known = table.find(name)
    // A snapshot or alias gets a row of its own: the override is for that name only.
    const base =
      known?.id === name ? known : { ...(known ?? unknownModel(name)), id: name, aliases: [], snapshots: [] }
    const model: ModelFacts = {
      ...base,
      longContext: entry.longContext ?? base.longContext === true,
      sources: ['configuration'],
      prices: [entry.period],
    }
    const index = models.findIndex((other) => other.id === name)
    if (index >= 0) models[index] = model
    else models.push(model)
  }
  const data: PriceData = { ...table.data, models }
  return { table: new PriceTable(data), problems }
}

interface Entry {
  readonly period: PricePeriod
  readonly longContext: boolean | undefined
}

function readEntry(value: unknown, path: readonly string[], problems: PriceProblem[]): Entry | null {
  const before = problems.length
  const problem = (key: string | null, message: string): void => {
    problems.push({ path: key === null ? path : [...path, key], message })
  }
  if (!isObject(value)) {
    problem(null, 'must be a mapping of prices in dollars per million tokens')
    return null
  }
  const allowed: readonly string[] = [...COLUMN_KEYS, ...OTHER_TIERS, 'long_context']
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) problem(key, `is not a price; use one of ${allowed.join(', ')}`)
  }
  const standard = readColumns(value, problem)
  const tiers: Partial<Record<PriceTier, PriceColumns>> = { standard }
  for (const tier of OTHER_TIERS) {
    const given = value[tier]
    if (given === undefined || given === null) continue
    if (typeof given === 'number') tiers[tier] = multiplied(standard, given, tier, problem)
    else if (isObject(given))
      tiers[tier] = readColumns(given, (key, message) => problem(key ? `${tier}.${key}` : tier, message))
    else problem(tier, 'must be a multiplier of the standard prices or a mapping of prices')
  }
  const longContext = value['long_context']
  if (longContext !== undefined && typeof longContext !== 'boolean')
    problem('long_context', 'must be true or false')
  if (problems.length > before) return null
  return {
    period: { from: null, confidence: 'high', ...tiers },
    longContext: longContext as boolean | undefined,
  }
}

type Report = (key: string | null, message: string) => void

function readColumns(value: Readonly<Record<string, unknown>>, problem: Report): PriceColumns {
  const columns = COLUMN_KEYS.map((key) => {
    const dollars = value[key]
    if (dollars === undefined || dollars === null) {
      if (key === 'input' || key === 'output') problem(key, 'is missing: dollars per million tokens')
      return null
    }
    const price = typeof dollars === 'number' ? exactPrice(dollars) : null
    if (price === null) problem(key, 'must be dollars per million tokens with at most six decimals')
    return price
  })
  columns[1] ??= columns[0] ?? null
  return columns as unknown as PriceColumns
}

function multiplied(columns: PriceColumns, factor: number, tier: string, problem: Report): PriceColumns {
  const result = columns.map((price) => (price === null ? null : exactPrice((price * factor) / 1_000_000)))
  if (!(factor >= 0) || result.some((price, index) => price === null && columns[index] !== null)) {
    problem(tier, 'is a multiplier that gives no exact price; write the prices out')
  }
  return result as unknown as PriceColumns
}

/** Dollars per million tokens as a whole number of micro-dollars; null when that would lose something. */
function exactPrice(dollars: number): Price | null {
  const price = Math.round(dollars * 1_000_000)
  const lost = Math.abs(dollars * 1_000_000 - price)
  return Number.isSafeInteger(price) && price >= 0 && lost < 0.001 ? price : null
}

function unknownModel(id: string): ModelFacts {
  return {
    id,
    aliases: [],
    snapshots: [],
    released: null,
    shutdown: null,
    contextWindow: null,
    maxInput: null,
    maxOutput: null,
    reasoning: false,
    efforts: [],
    defaultEffort: null,
    responses: true,
    chat: true,
    batch: false,
    responsesTools: 'unknown',
    chatTools: 'yes',
    structuredOutputs: false,
    sampling: 'unknown',
    cache: 'automatic',
    limits: null,
    confidence: 'low',
    sources: ['configuration'],
    prices: [],
  }
}
