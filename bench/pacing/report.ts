import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Circumstances, Table } from '../report.ts'
import { pacingContenders } from './contenders/index.ts'
import type { RateSeries, RunFigures } from './figures.ts'
import {
  LONGEST_RESUME_MINUTES,
  MOST_WASTED,
  outagePasses,
  outageScenario,
  type OutageRow,
} from './outage.ts'
import { drawPicture } from './picture.ts'
import { pacingScenarios, type PacingScenario } from './scenarios.ts'
import { bareProcessesScenario, processesScenario, processesTable, type ProcessesRow } from './processes.ts'
import type { StartRow } from './start.ts'
import type { StreamingRow } from './streaming.ts'

/** Everything one run of the bench found out; lists are empty where nothing was measured. */
export interface PacingResults {
  readonly runs: RunFigures[]
  readonly outage: OutageRow[]
  readonly start: StartRow[]
  readonly streaming: StreamingRow[]
  readonly processes: ProcessesRow[]
}

const SUBJECT = 'spotter'
const PICTURED = 'halved'
const folder = join(import.meta.dirname, '..', 'results')

/** Our server is held to the scenario's targets; the others are there to compare. */
export function passes(scenario: PacingScenario, run: RunFigures): boolean {
  const { targets } = scenario
  return (
    run.utilization >= targets.utilization &&
    run.rejectedShare <= targets.rejected &&
    run.fairness >= targets.fairness &&
    run.lost === 0
  )
}

export function runsTable(scenario: PacingScenario, runs: readonly RunFigures[]): Table {
  const { targets } = scenario
  return {
    title: scenario.name,
    note: `${scenario.about} Targets: ≥ ${percent(targets.utilization, 0)} used, ≤ ${percent(targets.rejected)} rejected, fairness ≥ ${targets.fairness}, nothing lost.`,
    columns: [
      '',
      'used',
      'from start',
      'rejected',
      'of all',
      'wasted',
      'fairness',
      'wait p50',
      'p99',
      'makespan',
      'lost',
      '',
    ],
    rows: runs.map((run) => [
      run.contender,
      percent(run.utilization),
      percent(run.utilizationFromStart),
      run.rejected.toLocaleString('en'),
      percent(run.rejectedShare, 2),
      percent(run.wastedQuota),
      run.fairness.toFixed(3),
      `${run.waitP50.toFixed(1)} s`,
      `${run.waitP99.toFixed(1)} s`,
      run.makespan === null
        ? `${percent(run.done, 0)} at ${scenario.ends}`
        : `${run.makespan.toFixed(2)} min`,
      String(run.lost),
      verdict(run.contender, passes(scenario, run)),
    ]),
    failed: runs.some((run) => run.contender === SUBJECT && !passes(scenario, run)),
  }
}

export function outageTable(rows: readonly OutageRow[]): Table {
  return {
    title: outageScenario.name,
    note: `${outageScenario.about} Targets: ≤ ${MOST_WASTED} wasted calls, resumed within ${LONGEST_RESUME_MINUTES} min (the longest probe interval and its tenth), nothing lost. The reference's 0.5 s are real seconds: uncompressed it would waste 30 times as many.`,
    columns: ['', 'wasted calls', 'resumed after', 'rejected after', 'makespan', 'lost', ''],
    rows: rows.map((row) => [
      row.contender,
      row.wasted.toLocaleString('en'),
      row.resumedAfter === null ? 'never' : `${row.resumedAfter.toFixed(1)} min`,
      String(row.rejectedAfter),
      row.makespan === null ? 'not done' : `${row.makespan.toFixed(1)} min`,
      String(row.lost),
      verdict(row.contender, outagePasses(row)),
    ]),
    failed: rows.some((row) => row.contender === SUBJECT && !outagePasses(row)),
  }
}

export function startTable(rows: readonly StartRow[]): Table {
  return {
    title: 'start',
    note: '2,000 calls wait at the start and nothing is known of the host. Real time.',
    columns: ['host', '', 'sent in 1 s', 'sent in 10 s', 'let in', 'rejected', 'of all'],
    rows: rows.map((row) => [
      `${row.host} (${row.about})`,
      row.contender,
      String(row.firstSecond),
      String(row.firstTenSeconds),
      String(row.admittedTenSeconds),
      String(row.rejected),
      percent(row.rejectedShare),
    ]),
    failed: false,
  }
}

export function streamingTable(rows: readonly StreamingRow[]): Table {
  return {
    title: 'upstream_streaming',
    note: 'Answers of 15 to 45 s, callers that want one answer. `always` asks the upstream for a stream all the same, so that headers come at admission (unless the host is late with them anyway); `auto` does so for the first 16 calls and for every 16th after them.',
    columns: [
      'case',
      'upstream_streaming',
      'used',
      'from the start',
      'rejected',
      'of all',
      'CPU per call',
      'lost',
    ],
    rows: rows.map((row) => [
      row.case,
      row.upstreamStreaming,
      percent(row.utilization),
      percent(row.utilizationFromStart),
      String(row.rejected),
      percent(row.rejectedShare, 2),
      `${row.serverCpuMs.toFixed(2)} ms`,
      String(row.lost),
    ]),
    failed: false,
  }
}

/** Used and rejected of every contender in every scenario, at a glance. */
function overview(runs: readonly RunFigures[]): Table {
  const contenders = pacingContenders.filter(({ name }) => runs.some((run) => run.contender === name))
  const measured = pacingScenarios.filter(({ name }) => runs.some((run) => run.scenario === name))
  return {
    title: 'Used quota / rejected attempts',
    note: '',
    columns: ['', ...contenders.map(({ name }) => name)],
    rows: measured.map((scenario) => [
      scenario.name,
      ...contenders.map(({ name }) => {
        const run = runs.find((one) => one.scenario === scenario.name && one.contender === name)
        return run
          ? `${percent(run.utilization)} / ${percent(run.rejectedShare, run.rejectedShare < 0.01 ? 2 : 0)}`
          : ''
      }),
    ]),
    failed: false,
  }
}

/** Writes pacing.json, pacing.md, what of it the README shows and, where it was measured, pacing.svg; returns the paths. */
export function writePacing(about: Circumstances, results: PacingResults): string[] {
  mkdirSync(folder, { recursive: true })
  const runs = results.runs.map((run) => ({ ...run, series: undefined }))
  writeFileSync(
    join(folder, 'pacing.json'),
    `${JSON.stringify({ ...about, ...results, runs, pictured: pictured(results.runs) }, null, 2)}\n`,
  )
  const svg = picture(results.runs)
  if (svg !== null) writeFileSync(join(folder, 'pacing.svg'), svg)
  writeFileSync(join(folder, 'pacing.md'), markdown(about, results, svg !== null))
  writeFileSync(join(folder, 'pacing-overview.md'), summary(about, results, svg !== null))
  const files = ['pacing.md', 'pacing-overview.md', 'pacing.json', ...(svg === null ? [] : ['pacing.svg'])]
  return files.map((file) => join('bench', 'results', file))
}

/** For the README, whose paths begin at the project's folder. */
function summary(about: Circumstances, results: PacingResults, drawn: boolean): string {
  const { columns, rows } = overview(results.runs)
  const contenders = columns.slice(1)
  const outage = contenders.map((name) => {
    const row = results.outage.find((one) => one.contender === name)
    return row ? `${row.wasted.toLocaleString('en')} calls wasted` : ''
  })
  const all = results.outage.length > 0 ? [...rows, [outageScenario.name, ...outage]] : rows
  return [
    `Used of the available quota / rejected of all attempts, with [real processes](bench/results/pacing.md) and the simulator as OpenAI; an hour without money in the last line. ${about.date} · \`${about.command}\` · ${about.machine} · Node ${about.node}`,
    '',
    ...tableLines(columns, all),
    ...(drawn ? ['![Sent rate against the limit](bench/results/pacing.svg)', ''] : []),
  ].join('\n')
}

function markdown(about: Circumstances, results: PacingResults, drawn: boolean): string {
  const versions = Object.entries(about.versions).map(([what, version]) => `${what} ${version}`)
  const tables = pacingScenarios.flatMap((scenario) => {
    const runs = results.runs.filter((run) => run.scenario === scenario.name)
    return runs.length > 0 ? [runsTable(scenario, runs)] : []
  })
  if (results.outage.length > 0) tables.push(outageTable(results.outage))
  for (const scenario of [processesScenario, bareProcessesScenario]) {
    if (results.processes.some((row) => row.scenario === scenario.name))
      tables.push(processesTable(scenario, results.processes))
  }
  if (results.start.length > 0) tables.push(startTable(results.start))
  if (results.streaming.length > 0) tables.push(streamingTable(results.streaming))
  return [
    '# Pacing',
    '',
    `${about.date} · \`${about.command}\` · ${about.machine} · Node ${about.node} · ${versions.join(', ')}`,
    '',
    ...explanation,
    '',
    ...pacingContenders.map(({ name, about: words }) => `* **${name}** — ${words}`),
    '',
    ...(drawn ? [`![Sent rate against the limit](pacing.svg)`, ''] : []),
    ...section(overview(results.runs)),
    ...tables.flatMap(section),
  ].join('\n')
}

const explanation = [
  'Real processes on one machine: the simulator with a quota twin, closed-loop agents (each sends its next turn when the last is answered), and Spotter between them; the others are policies inside the agents. Each contender has the same work, the same twin and agents of its own.',
  '',
  '*used*: what admitted requests were charged of what the limit gave, by the twin’s accounts, between two moments (usually minute 2.5 to 5.5) in between which somebody always waits; a little over 100 % is stock of the bucket left over from before. *from start*: the same from the first moment on, with the full bucket of the beginning and everything lost while nothing was known; seconds of that weigh ten times as much when time is compressed tenfold. *rejected*: attempts of the whole run that were refused, the start included. *wasted*: the part of the requests per minute that those burnt. *fairness*: Jain’s index over the quota that each rollout got per minute it was there. *wait*: what a call took beyond its own generation. *makespan*: until all work was done, else how much was done at the end of the run. All times are quota time.',
  '',
  'A minute of quota lasts 6 s; 20 s where a moment counts (halved, doubled) and 60 s where seconds are policed (quantised), because a network and a busy machine do not get faster with the clock; 60 s without headers, where Spotter takes a window for a minute until it knows better. Everything else it learns from headers, the length of the window included. Times of the other contenders shrink with the minute, except the reference’s half second: uncompressed it would be refused ten times as often.',
]

function section({ title, note, columns, rows }: Table): string[] {
  return [`## ${title}`, '', ...(note === '' ? [] : [note, '']), ...tableLines(columns, rows)]
}

function tableLines(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = line(columns.map((_, index) => (index < 1 ? '---' : '---:')))
  return [line(columns), rule, ...rows.map(line), '']
}

function pictured(runs: readonly RunFigures[]): { contender: string; series: RateSeries }[] {
  return [SUBJECT, 'reference'].flatMap((contender) => {
    const run = runs.find((one) => one.scenario === PICTURED && one.contender === contender)
    return run ? [{ contender, series: run.series }] : []
  })
}

function picture(runs: readonly RunFigures[]): string | null {
  const panels = pictured(runs)
  if (panels.length < 2) return null
  const titles: Readonly<Record<string, string>> = {
    [SUBJECT]: 'Spotter',
    reference: 'Gym’s own openai_model (again every 0.5 s)',
  }
  const drawn = panels.map(({ contender, series }) => {
    const run = runs.find((one) => one.scenario === PICTURED && one.contender === contender)!
    const figures = `${run.rejected.toLocaleString('en')} of ${run.attempts.toLocaleString('en')} attempts refused`
    return { title: `${titles[contender]}: ${figures}`, series }
  })
  return drawPicture('Tokens sent against a limit that is halved in minute 3', drawn, 7)
}

function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`
}

function verdict(contender: string, passed: boolean): string {
  if (contender !== SUBJECT) return ''
  return passed ? 'pass' : 'FAIL'
}
