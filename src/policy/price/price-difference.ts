import { PRICE_TIERS, type Price, type PriceTable } from './price-table.ts'

/** One figure that two tables give differently. A null price is one that a table does not have. */
export interface PriceDifference {
  readonly model: string
  /** `flex cached_input`, `shutdown`, or `model` when only one table has it. */
  readonly what: string
  readonly before: Price | string | null
  readonly after: Price | string | null
}

const COLUMN_NAMES = ['input', 'cached_input', 'cache_write_30m', 'cache_write_12h', 'output'] as const

/**
 * What changes from one table to another, as of a moment (epoch milliseconds).
 * Names are resolved, so that a table of snapshots compares with a table of ids; a figure that only one table has counts
 * as a difference only where `missing` asks for it, since no public table has every tier.
 */
export function priceDifferences(
  before: PriceTable,
  after: PriceTable,
  at: number,
  missing: boolean,
): readonly PriceDifference[] {
  const differences: PriceDifference[] = []
  const ids = new Set([...before.data.models, ...after.data.models].map((model) => model.id))
  for (const id of ids) {
    const left = before.find(id)
    const right = after.find(id)
    if (!left || !right) {
      if (missing)
        differences.push({ model: id, what: 'model', before: left ? id : null, after: right ? id : null })
      continue
    }
    const leftPeriod = before.period(left, at)
    const rightPeriod = after.period(right, at)
    for (const tier of PRICE_TIERS) {
      COLUMN_NAMES.forEach((name, column) => {
        const was = leftPeriod?.[tier]?.[column] ?? null
        const is = rightPeriod?.[tier]?.[column] ?? null
        if (was === is || (!missing && (was === null || is === null))) return
        differences.push({ model: id, what: `${tier} ${name}`, before: was, after: is })
      })
    }
    if (left.shutdown !== right.shutdown && (missing || (left.shutdown && right.shutdown))) {
      differences.push({ model: id, what: 'shutdown', before: left.shutdown, after: right.shutdown })
    }
  }
  return differences
}
