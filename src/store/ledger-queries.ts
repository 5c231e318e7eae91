import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { databasePath } from './ledger-files.ts'

/** What sums can be taken by. `day` is a UTC day, `model` and `tier` are what was served, else what was asked. */
export const GROUPS = [
  'model',
  'rollout',
  'task',
  'session',
  'server',
  'run',
  'day',
  'hour',
  'tier',
  'lane',
  'dialect',
  'outcome',
  'reason',
] as const

export type Group = (typeof GROUPS)[number]

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

/** An expression over `calls` to group by, and whether it is the id of a name. */
const EXPRESSIONS: Readonly<Record<Group, { readonly sql: string; readonly isName: boolean }>> = {
  model: { sql: 'coalesce(model_served, model_asked)', isName: true },
  rollout: { sql: 'rollout', isName: true },
  task: { sql: 'task', isName: true },
  session: { sql: 'session', isName: true },
  server: { sql: 'server', isName: true },
  run: { sql: 'run', isName: true },
  day: { sql: "strftime('%Y-%m-%d', at / 1000, 'unixepoch')", isName: false },
  hour: { sql: "strftime('%Y-%m-%d %H:00', at / 1000, 'unixepoch')", isName: false },
  tier: { sql: 'coalesce(tier_served, tier_asked)', isName: true },
  lane: { sql: 'lane', isName: true },
  dialect: { sql: 'dialect', isName: true },
  outcome: { sql: 'outcome', isName: true },
  reason: { sql: 'reason', isName: true },
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
const FIELDS = Object.keys(SUMS) as (keyof LedgerSums)[]

/** Reads sums out of a ledger. Another process may be writing meanwhile. */
export class LedgerQueries {
  readonly #database: DatabaseSync

  /** Throws a sentence when there is no ledger in the directory. */
  constructor(directory: string) {
    const path = databasePath(directory)
    if (!existsSync(path))
      throw new Error(`there is no ledger in ${directory}; name its folder with --directory`)
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
    this.#database.exec('PRAGMA temp_store = MEMORY')
  }

  totals(filter: LedgerFilter = {}): LedgerSums {
    const { where, values } = whereOf(filter)
    return this.#database
      .prepare(`SELECT ${this.#sums()} FROM calls ${where}`)
      .get(...values) as unknown as LedgerSums
  }

  /**
   * Sums per group, dearest first (days and hours in their order), with their totals.
   * A million calls of 100,000 rollouts take about a second: the covering index gives them in the order of rollouts.
   *
   * @param limit most groups to return; the totals are over all of them
   */
  sumsBy(group: Group, filter: LedgerFilter = {}, limit = -1): LedgerReport {
    const { sql, isName } = EXPRESSIONS[group]
    const { where, values } = whereOf(filter)
    // Names are looked up after grouping: numbers group several times faster than text.
    const key = isName ? '(SELECT name FROM names WHERE id = groupKey)' : 'groupKey'
    const order = isName ? 'microDollars DESC, calls DESC' : 'groupKey'
    const query = `
      WITH sums AS MATERIALIZED (SELECT ${sql} AS groupKey, ${this.#sums()} FROM calls ${where} GROUP BY groupKey)
      SELECT * FROM (SELECT NULL AS groupCount, ${key} AS key, ${FIELDS.join(', ')} FROM sums ORDER BY ${order} LIMIT ?)
      UNION ALL
      SELECT count(*), NULL, ${FIELDS.map((field) => `coalesce(sum(${field}), 0)`).join(', ')} FROM sums`
    const rows = this.#database.prepare(query).all(...values, limit) as unknown as (GroupSums & {
      groupCount: number | null
    })[]
    const { groupCount, key: _none, ...totals } = rows.pop() as GroupSums & { groupCount: number }
    return { groups: rows.map(({ groupCount: _count, ...sums }) => sums), groupCount, totals }
  }

  /** What a budget has to know after a restart: see `Budget.restore`. */
  spentByRollout(filter: LedgerFilter): readonly SpentByRollout[] {
    const { where, values } = whereOf(filter)
    // A call whose true cost is unknown counts with what was set aside for it.
    const query = `SELECT (SELECT name FROM names WHERE id = rollout) AS rollout, ${SPENT} FROM calls ${where} GROUP BY calls.rollout`
    return this.#database.prepare(query).all(...values) as unknown as SpentByRollout[]
  }

  /** Billed calls per minute, model and tier, in the order of time: what OpenAI's usage API reports. */
  billedPerMinute(filter: LedgerFilter): readonly BilledMinute[] {
    const { where, values } = whereOf(filter)
    const query = `
      WITH billed AS (
        SELECT at / 60000 * 60000 AS minute, coalesce(model_served, model_asked) AS model,
          iif(lane = ${this.#idOf('batch')}, ${this.#idOf('batch')}, tier_served) AS tier,
          count(*) AS requests, sum(input) AS input, sum(cached_input) AS cachedInput, sum(cache_write) AS cacheWrite,
          sum(output) AS output, sum(micro_dollars) AS microDollars
        FROM calls ${where === '' ? 'WHERE' : `${where} AND`} input IS NOT NULL AND lane <> ${this.#idOf('replay')}
        GROUP BY minute, model, tier)
      SELECT minute, (SELECT name FROM names WHERE id = model) AS model, (SELECT name FROM names WHERE id = tier) AS tier,
        requests, input, coalesce(cachedInput, 0) AS cachedInput, coalesce(cacheWrite, 0) AS cacheWrite,
        coalesce(output, 0) AS output, coalesce(microDollars, 0) AS microDollars
      FROM billed ORDER BY minute`
    return this.#database.prepare(query).all(...values) as unknown as BilledMinute[]
  }

  /** What calls of known usage used, by model and tier that served: what advice is made from. Nothing of replays. */
  usedTokens(filter: LedgerFilter): readonly UsedTokens[] {
    const { where, values } = whereOf(filter)
    const query = `
      WITH used AS (
        SELECT coalesce(model_served, model_asked) AS model, coalesce(tier_served, tier_asked) AS tier, count(*) AS calls,
          sum(input) AS input, sum(cached_input) AS cachedInput, sum(cache_write) AS cacheWrite,
          sum(cache_write_12h) AS cacheWrite12h, sum(output) AS output,
          sum(iif(output IS NULL, NULL, max_output)) AS reservedOutput, sum(iif(max_output IS NULL, NULL, output)) AS usedOfReserved
        FROM calls ${where === '' ? 'WHERE' : `${where} AND`} input IS NOT NULL AND lane <> ${this.#idOf('replay')}
        GROUP BY model, tier)
      SELECT (SELECT name FROM names WHERE id = model) AS model,
        coalesce((SELECT name FROM names WHERE id = tier), 'default') AS tier, calls, input,
        coalesce(cachedInput, 0) AS cachedInput, coalesce(cacheWrite, 0) AS cacheWrite,
        coalesce(cacheWrite12h, 0) AS cacheWrite12h, coalesce(output, 0) AS output,
        coalesce(reservedOutput, 0) AS reservedOutput, coalesce(usedOfReserved, 0) AS usedOfReserved
      FROM used WHERE used.model IS NOT NULL`
    return this.#database.prepare(query).all(...values) as unknown as UsedTokens[]
  }

  close(): void {
    this.#database.close()
  }

  #sums(): string {
    return FIELDS.map((field) => {
      const sql = SUMS[field].replaceAll(/\$([a-z]+)/g, (_match, name: string) => String(this.#idOf(name)))
      return `coalesce(${sql}, 0) AS ${field}`
    }).join(', ')
  }

  /** Ids of names are whole numbers of our own, so they may stand in a query. -1 for a name that no row has. */
  #idOf(name: string): number {
    const found = this.#database.prepare('SELECT id FROM names WHERE name = ?').get(name) as
      | { id: number }
      | undefined
    return found?.id ?? -1
  }
}

/** What was billed in one minute for one model at one tier. */
export interface BilledMinute {
  /** Epoch milliseconds of its start. */
  readonly minute: number
  readonly model: string | null
  /** The tier that served; `batch` for work done in a batch. */
  readonly tier: string | null
  readonly requests: number
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly output: number
  readonly microDollars: number
}

/** What calls of one model at one tier used. */
export interface UsedTokens {
  readonly model: string
  readonly tier: string
  readonly calls: number
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly cacheWrite12h: number
  readonly output: number
  readonly reservedOutput: number
  readonly usedOfReserved: number
}

/** What calls that went upstream used up; `rollout` is null for those without one. */
export interface SpentByRollout {
  readonly rollout: string | null
  readonly microDollars: number
  readonly calls: number
  readonly output: number
}

const SPENT = `
  coalesce(sum(iif(attempts > 0, coalesce(micro_dollars, reserved_micro_dollars, 0) + failed_micro_dollars, 0)), 0) AS microDollars,
  coalesce(sum(attempts > 0), 0) AS calls,
  coalesce(sum(output), 0) AS output`

function whereOf({ since, until, run, server }: LedgerFilter): {
  where: string
  values: (string | number)[]
} {
  const terms: string[] = []
  const values: (string | number)[] = []
  const term = (sql: string, value: string | number | undefined): void => {
    if (value === undefined) return
    terms.push(sql)
    values.push(value)
  }
  term('at >= ?', since)
  term('at < ?', until)
  term('run = (SELECT id FROM names WHERE name = ?)', run)
  term('server = (SELECT id FROM names WHERE name = ?)', server)
  return { where: terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : '', values }
}
