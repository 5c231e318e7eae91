/** `npm run bench:money [-- --only NAME]`: what an evaluation costs through the reference's behaviour and through Spotter. */
import { parseArgs } from 'node:util'
import { endProgress, progress } from '../harness/progress.ts'
import { circumstances } from '../harness/circumstances.ts'
import { printed, type Table } from '../harness/table.ts'
import { writeReport } from '../report.ts'
import { startReference, startSpotter, type Contender, type Upstream } from './contenders.ts'
import { costsOf, type Costs } from './costs.ts'
import { evaluation, rolloutCount } from './evaluation.ts'
import { play, type Play } from './play.ts'
import { moneyScenarios, type MoneyScenario } from './scenarios.ts'

interface MoneyRow {
  readonly scenario: string
  readonly contender: string
  readonly model: string
  readonly rollouts: number
  readonly requests: number
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly writtenTokens: number
  readonly outputTokens: number
  readonly costs: Costs
  /** Share of the requests that were served at flex. */
  readonly flexShare: number
  /** Micro-dollars by Spotter's ledger; null for the reference, which has none. */
  readonly ledger: number | null
  readonly virtualMinutes: number
  readonly realSeconds: number
  /** Per cent saved of what the target is about; null for the reference. */
  readonly saved: number | null
  /** Null where a lever is missing. */
  readonly target: number | null
}

const SPOTTER = 'spotter'
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
const wanted = moneyScenarios.filter(({ name }) => values.only?.includes(name) ?? true)
if (wanted.length === 0)
  throw new Error(`--only takes ${moneyScenarios.map(({ name }) => `"${name}"`).join(', ')}`)

/** The reference sends the same requests whatever Spotter is allowed to do, so one run of it serves several scenarios. */
const references = new Map<string, Play>()
const rows: MoneyRow[] = []
for (const scenario of wanted) {
  const reference =
    references.get(`${scenario.model} ${scenario.work}`) ??
    (await run(scenario, 'reference', (upstream) => startReference(upstream)))
  references.set(`${scenario.model} ${scenario.work}`, reference)
  const before = rowOf(scenario, 'reference', reference, null)
  rows.push(before)
  for (const { name, settings } of [
    ...(scenario.without ? [scenario.without] : []),
    { ...scenario, name: SPOTTER },
  ]) {
    const played = await run(scenario, name, (upstream) => startSpotter(upstream, settings))
    rows.push(rowOf(scenario, name, played, before.costs))
  }
}
endProgress()

const table = moneyTable(rows)
process.stdout.write(`${printed(table)}  ${table.note}\n`)
if (!values.only) {
  const about = circumstances('npm run bench:money', {})
  process.stdout.write(`  written to ${writeReport('money', about, table, rows)}\n`)
}
if (table.failed) process.exitCode = 1

function run(
  { name, work, model, flexUnavailable }: MoneyScenario,
  contender: string,
  start: (upstream: Upstream) => Promise<Contender>,
): Promise<Play> {
  const say = (done: string): void => progress(`${name}, ${contender}: ${done}`)
  return play({ work, model, flexUnavailable, start, progress: say })
}

function rowOf(scenario: MoneyScenario, contender: string, played: Play, before: Costs | null): MoneyRow {
  const { bill, agents, ledger } = played
  const costs = costsOf(played.rows)
  const { of, percent } = scenario.target
  return {
    scenario: scenario.name,
    contender,
    model: scenario.model,
    rollouts: agents.finished,
    requests: bill.requests,
    inputTokens: bill.inputTokens,
    cachedTokens: bill.cachedTokens,
    writtenTokens: bill.writtenTokens,
    outputTokens: bill.outputTokens,
    costs,
    flexShare: played.rows.filter(({ serviceTier }) => serviceTier === 'flex').length / bill.requests,
    ledger: ledger?.microDollars ?? null,
    virtualMinutes: played.virtualMinutes,
    realSeconds: played.realSeconds,
    saved: before && 100 * (1 - costs[of] / before[of]),
    target: contender === SPOTTER ? percent : null,
  }
}

/** Missed: too little saved, a rollout unfinished, or a ledger that is not the bill. */
function verdict(row: MoneyRow): string {
  if (row.rollouts < rolloutCount) return 'FAIL: rollouts unfinished'
  if (row.contender === 'reference') return ''
  if (row.ledger !== row.costs.total) return 'FAIL: ledger is not the bill'
  if (row.target === null) return ''
  return (row.saved ?? 0) >= (row.target ?? 0) ? 'ok' : 'FAIL'
}

function moneyTable(found: readonly MoneyRow[]): Table {
  const dollars = (microDollars: number): string => `$${(microDollars / 1_000_000).toFixed(6)}`
  return {
    title: 'What an evaluation costs',
    note:
      `${evaluation.tasks} tasks, ${evaluation.repeats} times each, ${evaluation.toolTurns} tool calls and an answer, ` +
      `${evaluation.parallel} rollouts at a time; the bill is the simulator's. ` +
      moneyScenarios.map(({ name, about }) => `"${name}": ${about}`).join(' '),
    columns: [
      'scenario',
      'through',
      'requests',
      'input tokens',
      'read',
      'written',
      'input',
      'output',
      'bill',
      'ledger',
      'at flex',
      'saved',
      'target',
      '',
    ],
    rows: found.map((row) => {
      const { target } = moneyScenarios.find(({ name }) => name === row.scenario) ?? { target: null }
      const percent = (part: number): string => `${((100 * part) / row.inputTokens).toFixed(1)} %`
      return [
        row.scenario,
        row.contender,
        row.requests.toLocaleString('en'),
        row.inputTokens.toLocaleString('en'),
        percent(row.cachedTokens),
        percent(row.writtenTokens),
        dollars(row.costs.input),
        dollars(row.costs.output),
        dollars(row.costs.total),
        row.ledger === null ? '' : dollars(row.ledger),
        `${(100 * row.flexShare).toFixed(0)} %`,
        row.saved === null ? '' : `${row.saved.toFixed(1)} % of the ${target?.of}`,
        row.target === null ? '' : `≥ ${row.target} %`,
        verdict(row),
      ]
    }),
    failed: found.some((row) => verdict(row).startsWith('FAIL')),
  }
}
