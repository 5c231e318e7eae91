import type { UsageMinute } from '../policy/hindsight/usage-minute.ts'

/** Which calls: settled in `[since, until)` (epoch milliseconds), of one run or server. */
export interface LedgerFilter {
  readonly since?: number
  readonly until?: number
  readonly run?: string
  readonly server?: string
}

/** Sums over some calls. Money in micro-dollars; tokens of calls whose usage is unknown are not in the sums. */
export interface LedgerSums {
  readonly calls: number
  readonly completed: number
  readonly failed: number
  readonly cancelled: number
  readonly attempts: number
  /** Calls that went upstream and whose price is unknown. Their cost is not in `microDollars`. */
  readonly unpriced: number
  /** Calls whose tokens are estimated because the caller left. */
  readonly estimated: number
  /** Calls priced at a doubtful figure of the price table. */
  readonly doubtful: number
  readonly microDollars: number
  /** What failed attempts may have cost besides. */
  readonly failedMicroDollars: number
  readonly savedByCache: number
  readonly savedByTier: number
  readonly savedByReplay: number
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
  /** Output tokens set aside by the requests that named a bound, and used by the same requests. */
  readonly reservedOutput: number
  readonly usedOfReserved: number
}

/** Sums of one group; `key` is null for calls that have none (no rollout, no model). */
export interface GroupSums extends LedgerSums {
  readonly key: string | null
}

/** The dearest groups, how many there are, and the sums over all of them. */
export interface LedgerReport {
  readonly groups: readonly GroupSums[]
  readonly groupCount: number
  readonly totals: LedgerSums
}

/** Every sum as SQL; `$name` stands for the id of a name. */
const SUMS: Readonly<Record<keyof LedgerSums, string>> = {
  calls: 'count(*)',
  completed: 'sum(outcome IN ($completed, $incomplete))',
  failed: 'sum(outcome = $failed)',
  cancelled: 'sum(outcome = $cancelled)',
  attempts: 'sum(attempts)',
  unpriced: 'sum(attempts > 0 AND micro_dollars IS NULL)',
  estimated: 'sum(usage = $estimated)',
  doubtful: 'sum(price_confidence = $low)',
  microDollars: 'sum(micro_dollars)',
  failedMicroDollars: 'sum(failed_micro_dollars)',
  savedByCache: 'sum(saved_by_cache)',
  savedByTier: 'sum(saved_by_tier)',
  savedByReplay: 'sum(saved_by_replay)',
  input: 'sum(input)',
  cachedInput: 'sum(cached_input)',
  cacheWrite: 'sum(cache_write)',
  output: 'sum(output)',
  reasoning: 'sum(reasoning)',
  reservedOutput: 'sum(iif(output IS NULL, NULL, max_output))',
  usedOfReserved: 'sum(iif(max_output IS NULL, NULL, output))',
}

export const SUM_NAMES = Object.keys(SUMS) as (keyof LedgerSums)[]

/** Every sum as a column of its name. Ids of names are whole numbers of our own, so they may stand in a query. */
export function sumColumns(idOf: (name: string) => number): string {
  return SUM_NAMES.map((name) => {
    const sql = SUMS[name].replaceAll(/\$([a-z]+)/g, (_match, id: string) => String(idOf(id)))
    return `coalesce(${sql}, 0) AS ${name}`
  }).join(', ')
}

/** What was billed in one minute for one model at one tier. */
export interface BilledMinute extends UsageMinute {
  readonly microDollars: number
}
