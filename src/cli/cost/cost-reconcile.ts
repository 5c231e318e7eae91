import type { Command } from 'commander'
import { standardPrices } from '../../policy/price/price-table.ts'
import { reconcile, type Reconciliation } from '../../policy/hindsight/reconciliation.ts'
import type { UsageTotals } from '../../policy/hindsight/usage-minute.ts'
import { defaultLedgerDirectory } from '../../store/ledger-files.ts'
import type { BilledMinute } from '../../store/ledger-sums.ts'
import { openLedger } from '../../store/open-ledger.ts'
import { fetchCosts, fetchUsage, type CostDay } from '../../upstream/organization-usage.ts'
import { count, dollars, percent } from '../figures.ts'
import { moment } from '../moment.ts'
import { renderTable, type Cell, type Screen, type Table } from '../table.ts'

interface ReconcileOptions {
  readonly since: string
  readonly until?: string
  readonly directory?: string
  readonly baseUrl: string
  readonly project: string[]
  readonly tolerance: string
  readonly json?: boolean
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Drifts listed at most. */
const MOST_DRIFTS = 10

/** `spotter cost reconcile`: the ledger beside OpenAI's own books. Exits with 1 when they differ too much. */
export function registerReconcile(cost: Command, screen: Screen): void {
  cost
    .command('reconcile')
    .description(
      "Compare with OpenAI's usage (per minute, by tier) and costs (per day); needs OPENAI_ADMIN_KEY.",
    )
    .option('--since <time>', 'from then on: 2h, 3d, 2026-11-22', '1d')
    .option('--until <time>', 'until then; now when not given')
    .option('--directory <folder>', "the ledger's folder")
    .option('--base-url <url>', "OpenAI's API", 'https://api.openai.com/v1')
    .option(
      '--project <id>',
      'only this project of the organization; may be repeated',
      (id, ids: string[]) => [...ids, id],
      [],
    )
    .option('--tolerance <percent>', 'differing tokens that are still well', '1')
    .option('--json', 'JSON')
    .action(async (_given: unknown, command: Command) => {
      // Some options have the names of the parent command's, which would otherwise keep them for itself.
      await run(command.optsWithGlobals<ReconcileOptions>(), screen)
    })
}

async function run(options: ReconcileOptions, screen: Screen): Promise<void> {
  const adminKey = process.env['OPENAI_ADMIN_KEY']
  if (!adminKey)
    throw new Error(
      'set OPENAI_ADMIN_KEY to an admin key of the organization (sk-admin-…) that may read usage',
    )
  const now = Date.now()
  const since = Math.floor(moment('--since', options.since ?? '1d', now) / MINUTE_MS) * MINUTE_MS
  const until =
    Math.ceil((options.until === undefined ? now : moment('--until', options.until, now)) / MINUTE_MS) *
    MINUTE_MS
  const query = { baseUrl: options.baseUrl, adminKey, since, until, projects: options.project }
  const days = { since: Math.floor(since / DAY_MS) * DAY_MS, until: Math.ceil(until / DAY_MS) * DAY_MS }

  const queries = openLedger(options.directory ?? defaultLedgerDirectory(process.cwd(), process.env))
  const ledger = queries.billedPerMinute({ since, until })
  const ledgerDays = queries.billedPerMinute(days)
  queries.close()
  const [usage, costs] = await Promise.all([fetchUsage(query), fetchCosts(query)])

  const result = reconcile(ledger, usage, (model) => standardPrices.find(model)?.id ?? model)
  const costRows = daysOf(ledgerDays, costs)
  const differing =
    result.ledgerTokens > 0
      ? (result.differingTokens / result.ledgerTokens) * 100
      : result.differingTokens > 0
        ? 100
        : 0
  const well = differing <= Number(options.tolerance)
  if (options.json)
    screen.write(
      `${JSON.stringify({ ...result, costs: costRows, differingPercent: differing, well }, null, 2)}\n`,
    )
  else screen.write(page(result, costRows, differing, well, options, screen))
  if (!well) process.exitCode = 1
}

interface CostRow {
  readonly day: string
  readonly ledgerMicroDollars: number
  readonly openaiMicroDollars: number
}

function daysOf(ledger: readonly BilledMinute[], costs: readonly CostDay[]): CostRow[] {
  const days = new Map<number, { ledger: number; openai: number }>()
  const at = (time: number): { ledger: number; openai: number } => {
    const day = Math.floor(time / DAY_MS) * DAY_MS
    const found = days.get(day) ?? { ledger: 0, openai: 0 }
    days.set(day, found)
    return found
  }
  for (const row of ledger) at(row.minute).ledger += row.microDollars
  for (const cost of costs) at(cost.day).openai += cost.microDollars
  return [...days]
    .sort(([left], [right]) => left - right)
    .map(([day, sums]) => ({
      day: new Date(day).toISOString().slice(0, 10),
      ledgerMicroDollars: sums.ledger,
      openaiMicroDollars: sums.openai,
    }))
}

function page(
  result: Reconciliation,
  costs: readonly CostRow[],
  differing: number,
  well: boolean,
  options: ReconcileOptions,
  screen: Screen,
): string {
  const parts = [renderTable(usageTable(result), screen), renderTable(costsTable(costs), screen)]
  if (options.project.length === 0) {
    parts.push(
      "OpenAI's costs are those of the whole organization, whoever spent them; --project narrows them.\n",
    )
  }
  if (result.drifts.length > 0) {
    const drifts = result.drifts.slice(0, MOST_DRIFTS).map(({ minute, tokens }) => {
      const time = new Date(minute).toISOString().slice(0, 16).replace('T', ' ')
      return `  ${time}  ${tokens > 0 ? 'OpenAI' : 'the ledger'} has ${count(Math.abs(tokens))} tokens more`
    })
    const more = result.drifts.length - drifts.length
    parts.push(`The counts part at:\n${drifts.join('\n')}${more > 0 ? `\n  … and ${more} more` : ''}\n`)
  }
  parts.push(
    well
      ? `The ledger agrees with OpenAI's usage (${differing.toFixed(2)} % of the tokens differ).\n`
      : `The ledger differs from OpenAI's usage by ${differing.toFixed(2)} % of its tokens: someone else uses the project, or calls are missing here.\n`,
  )
  return parts.join('\n')
}

function usageTable(result: Reconciliation): Table {
  return {
    columns: [
      { title: 'model' },
      { title: 'tier' },
      { title: 'count' },
      { title: 'requests', align: 'right' },
      { title: 'input', align: 'right' },
      { title: 'cached', align: 'right' },
      { title: 'written', align: 'right' },
      { title: 'output', align: 'right' },
    ],
    rows: result.models.flatMap((row) => [
      [row.model, row.tier, 'ledger', ...counts(row.ledger)],
      ['', '', 'OpenAI', ...counts(row.openai, row.ledger)],
    ]),
  }
}

/** Figures that differ from the other side's stand out. */
function counts(totals: UsageTotals, other: UsageTotals = totals): Cell[] {
  return (['requests', 'input', 'cachedInput', 'cacheWrite', 'output'] as const).map((field): Cell => {
    const text = count(totals[field])
    return totals[field] === other[field] ? text : { text, style: 'yellow' }
  })
}

function costsTable(costs: readonly CostRow[]): Table {
  return {
    columns: [
      { title: 'day (UTC)' },
      { title: 'ledger', align: 'right' },
      { title: 'OpenAI', align: 'right' },
      { title: 'ledger / OpenAI', align: 'right' },
    ],
    rows: costs.map((row) => [
      row.day,
      dollars(row.ledgerMicroDollars),
      dollars(row.openaiMicroDollars),
      percent(row.ledgerMicroDollars, row.openaiMicroDollars),
    ]),
  }
}
