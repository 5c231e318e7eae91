import { InvalidArgumentError, type Command } from 'commander'
import { defaultLedgerDirectory } from '../store/ledger-files.ts'
import { GROUP_NAMES, type Group } from '../store/ledger-groups.ts'
import type { LedgerFilter, LedgerReport } from '../store/ledger-sums.ts'
import { costAdvice } from './cost/cost-advice.ts'
import { registerReconcile } from './cost/cost-reconcile.ts'
import { costCsv, costNotes, costTable } from './cost/cost-table.ts'
import { count, dollars } from './figures.ts'
import { moment } from './moment.ts'
import { configFileOption, configuredPrices } from './price-options.ts'
import { openLedger } from '../store/open-ledger.ts'
import { renderCsv, renderTable, type Screen } from './table.ts'

interface CostOptions {
  readonly by: Group
  readonly since?: string
  readonly until?: string
  readonly run?: string
  readonly server?: string
  readonly directory?: string
  readonly limit: number
  readonly csv?: boolean
  readonly json?: boolean
  readonly live?: boolean
  readonly advice?: boolean
  readonly config?: readonly string[]
}

const LIVE_MS = 2_000
const HOME_AND_CLEAR = '\u001B[H\u001B[J'

/** `spotter cost`, and `spotter cost reconcile`. */
export function registerCost(program: Command, screen: Screen = process.stdout): void {
  const command = program
    .command('cost')
    .description('Show what the calls cost, from the ledger: by model, rollout, task, server, day, tier.')
    .option('--by <group>', `one of ${GROUP_NAMES.join(', ')}`, group, 'model')
    .option('--since <time>', 'only calls since then: 2h, 3d, 2026-11-22')
    .option('--until <time>', 'only calls before then')
    .option('--run <name>', 'only calls of this run')
    .option('--server <name>', 'only calls of this server')
    .option('--limit <rows>', 'most rows of a table; CSV and JSON have all', rows, 50)
    .option('--csv', 'comma-separated values')
    .option('--json', 'JSON; money in micro-dollars')
    .option('--live', 'print again every two seconds')
    .option('--advice', 'what would have made these calls cheaper, with the dollars')
    .option('--directory <folder>', "the ledger's folder")
    .action(async (options: CostOptions) => {
      const directory = options.directory ?? defaultLedgerDirectory(process.cwd(), process.env)
      if (options.advice) screen.write(advice(directory, options))
      else if (options.live) await live(directory, options, screen)
      else screen.write(rendered(readReport(directory, options), options, screen))
    })
  configFileOption(command)
  registerReconcile(command, screen)
}

function advice(directory: string, options: CostOptions): string {
  const { config, server } = options
  if (options.live || options.csv) throw new Error('--advice goes with neither --live nor --csv')
  // A server's name in the ledger is its name in the configuration; without files there is nothing to choose from.
  const prices = configuredPrices(config ? { config, server } : {})
  return costAdvice(directory, filterOf(options), prices, options)
}

function group(text: string): Group {
  const found = GROUP_NAMES.find((name) => name === text)
  if (!found) throw new InvalidArgumentError(`It is one of ${GROUP_NAMES.join(', ')}.`)
  return found
}

function rows(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('It is a whole number.')
  return number
}

function filterOf(options: CostOptions): LedgerFilter {
  const now = Date.now()
  return {
    since: options.since === undefined ? undefined : moment('--since', options.since, now),
    until: options.until === undefined ? undefined : moment('--until', options.until, now),
    run: options.run,
    server: options.server,
  }
}

function readReport(directory: string, options: CostOptions): LedgerReport {
  const queries = openLedger(directory)
  try {
    return queries.sumsBy(options.by, filterOf(options), options.csv || options.json ? -1 : options.limit)
  } finally {
    queries.close()
  }
}

function rendered(report: LedgerReport, options: CostOptions, screen: Screen): string {
  if (options.json)
    return `${JSON.stringify({ by: options.by, groups: report.groups, totals: report.totals }, null, 2)}\n`
  if (options.csv) return renderCsv(costCsv(options.by, report))
  if (report.totals.calls === 0) return 'No calls in the ledger for this.\n'
  const notes = costNotes(report.totals)
  return (
    renderTable(costTable(options.by, report), screen) + (notes.length > 0 ? `\n${notes.join('\n')}\n` : '')
  )
}

/** Prints again and again until the process is interrupted. */
async function live(directory: string, options: CostOptions, screen: Screen): Promise<void> {
  let before: { at: number; microDollars: number } | null = null
  for (;;) {
    const report = readReport(directory, options)
    const at = performance.now()
    const { microDollars, calls } = report.totals
    const rate = before ? ((microDollars - before.microDollars) / (at - before.at)) * 3_600_000 : 0
    before = { at, microDollars }
    const head = `${count(calls)} calls, ${dollars(microDollars)}, now ${dollars(Math.max(0, Math.round(rate)))} an hour\n\n`
    screen.write((screen.isTTY ? HOME_AND_CLEAR : '') + head + rendered(report, options, screen))
    await new Promise((resolve) => setTimeout(resolve, LIVE_MS))
  }
}
