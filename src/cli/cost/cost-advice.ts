import { adviceOn } from '../../policy/hindsight/advice.ts'
import type { PriceTable } from '../../policy/price/price-table.ts'
import type { LedgerFilter } from '../../store/ledger-sums.ts'
import { openLedger } from '../../store/open-ledger.ts'
import { roughDollars } from '../figures.ts'

/**
 * What would have made the calls of a ledger cheaper, the most worthwhile first; as JSON with money in micro-dollars. A
 * ledger does not know what kept turns from the cache: a running server does.
 */
export function costAdvice(
  directory: string,
  filter: LedgerFilter,
  prices: PriceTable,
  options: { readonly json?: boolean },
): string {
  const queries = openLedger(directory)
  const used = queries.usedTokens(filter)
  queries.close()
  const advice = adviceOn(used, [], prices, Date.now())
  if (options.json) return `${JSON.stringify({ advice }, null, 2)}\n`
  if (used.length === 0) return 'No calls of known usage in the ledger for this.\n'
  if (advice.length === 0)
    return 'Nothing to advise: these calls would not have been cheaper in any way that is known.\n'
  const lines = advice.map(
    ({ saves, message }) => `${saves === null ? 'no money' : roughDollars(saves)}: ${message}\n`,
  )
  return `${lines.join('\n')}\nEach figure is what these calls would have cost less by that change alone.\n`
}
