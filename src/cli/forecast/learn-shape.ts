import type { PriceTable } from '../../policy/price/price-table.ts'
import { openLedger } from '../../store/open-ledger.ts'

/** What a rollout is like: its calls, and the output of each. */
export interface RolloutShape {
  readonly turns: number
  readonly outputTokens: number
}

/** Means of the calls that a ledger has of the model, or of all its calls when it has none. */
export function learnShape(directory: string, model: string, table: PriceTable): RolloutShape {
  const queries = openLedger(directory)
  const { groups, totals } = queries.sumsBy('model')
  const rollouts = queries.sumsBy('rollout', {}, 1).groupCount
  queries.close()
  const id = table.find(model)?.id ?? model
  const mine = groups.filter((sums) => sums.key !== null && (table.find(sums.key)?.id ?? sums.key) === id)
  const of = mine.length > 0 ? mine : [totals]
  const completed = of.reduce((sum, sums) => sum + sums.completed, 0)
  const output = of.reduce((sum, sums) => sum + sums.output, 0)
  if (completed === 0) throw new Error(`the ledger in ${directory} has no completed calls to learn from`)
  return {
    turns: Math.max(1, Math.round(totals.calls / rollouts)),
    outputTokens: Math.max(1, Math.round(output / completed)),
  }
}
