import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { UsedTokens } from '../policy/hindsight/advice-figures.ts'
import type { Spending } from '../policy/budget/terms.ts'
import { databasePath } from './ledger-files.ts'
import { GROUPS, type Group } from './ledger-groups.ts'
import {
  SUM_NAMES,
  sumColumns,
  type BilledMinute,
  type GroupSums,
  type LedgerFilter,
  type LedgerReport,
  type LedgerSums,
} from './ledger-sums.ts'

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
    const { sql, isName } = GROUPS[group]
    const { where, values } = whereOf(filter)
    // Names are looked up after grouping: numbers group several times faster than text.
    const key = isName ? '(SELECT name FROM names WHERE id = groupKey)' : 'groupKey'
    const order = isName ? 'microDollars DESC, calls DESC' : 'groupKey'
    const query = `
      WITH sums AS MATERIALIZED (SELECT ${sql} AS groupKey, ${this.#sums()} FROM calls ${where} GROUP BY groupKey)
      SELECT * FROM (SELECT NULL AS groupCount, ${key} AS key, ${SUM_NAMES.join(', ')} FROM sums ORDER BY ${order} LIMIT ?)
      UNION ALL
      SELECT count(*), NULL, ${SUM_NAMES.map((name) => `coalesce(sum(${name}), 0)`).join(', ')} FROM sums`
    const rows = this.#database.prepare(query).all(...values, limit) as unknown as (GroupSums & {
      groupCount: number | null
    })[]
    const { groupCount, key: _none, ...totals } = rows.pop() as GroupSums & { groupCount: number }
    return { groups: rows.map(({ groupCount: _count, ...sums }) => sums), groupCount, totals }
  }

  /** What calls that went upstream used up: what a budget has to know after a restart (`Budget.restore`). */
  spentByRollout(filter: LedgerFilter): readonly Spending[] {
    const { where, values } = whereOf(filter)
    // A call whose true cost is unknown counts with what was set aside for it.
    const query = `SELECT (SELECT name FROM names WHERE id = rollout) AS rollout, ${SPENT} FROM calls ${where} GROUP BY calls.rollout`
    return this.#database.prepare(query).all(...values) as unknown as Spending[]
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
    return sumColumns((name) => this.#idOf(name))
  }

  /** -1 for a name that no row has. */
  #idOf(name: string): number {
    const found = this.#database.prepare('SELECT id FROM names WHERE name = ?').get(name) as
      | { id: number }
      | undefined
    return found?.id ?? -1
  }
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
