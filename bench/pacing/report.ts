import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { circumstancesLine, type Circumstances } from '../harness/circumstances.ts'
import { markdownTable, type Table } from '../harness/table.ts'
import { pacingContenders } from './contenders/index.ts'
import type { RateSeries, RunFigures } from './figures.ts'
import { outageScenario, type OutageRow } from './outage.ts'
import { drawPicture } from './picture.ts'
import { pacingScenarios } from './scenarios.ts'
import { bareProcessesScenario, processesScenario, processesTable, type ProcessesRow } from './processes.ts'
import type { StartRow } from './start.ts'
import type { StreamingRow } from './streaming.ts'
import { outageTable, overviewTable, runsTable, startTable, streamingTable, SUBJECT } from './tables.ts'

/** Everything one run of the bench found out; lists are empty where nothing was measured. */
export interface PacingResults {
  readonly runs: RunFigures[]
  readonly outage: OutageRow[]
  readonly start: StartRow[]
  readonly streaming: StreamingRow[]
  readonly processes: ProcessesRow[]
}

const PICTURED = 'halved'
const folder = join(import.meta.dirname, '..', 'results')

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

/** What the README shows. */
function summary(about: Circumstances, results: PacingResults, drawn: boolean): string {
  const { columns, rows } = overviewTable(results.runs)
  const contenders = columns.slice(1)
  const outage = contenders.map((name) => {
    const row = results.outage.find((one) => one.contender === name)
    return row ? `${row.wasted.toLocaleString('en')} calls wasted` : ''
  })
  const all = results.outage.length > 0 ? [...rows, [outageScenario.name, ...outage]] : rows
  return [
    `Used of the available quota / rejected of all attempts, with [real processes](pacing.md) and the simulator as OpenAI; an hour without money in the last line. ${about.date} · \`${about.command}\` · ${about.machine} · Node ${about.node}`,
    '',
    ...markdownTable({ columns, rows: all }),
    ...(drawn ? ['![Sent rate against the limit](pacing.svg)', ''] : []),
  ].join('\n')
}

function markdown(about: Circumstances, results: PacingResults, drawn: boolean): string {
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
    circumstancesLine(about),
    '',
    ...explanation,
    '',
    ...pacingContenders.map(({ name, about: words }) => `* **${name}** — ${words}`),
    '',
    ...(drawn ? [`![Sent rate against the limit](pacing.svg)`, ''] : []),
    ...section(overviewTable(results.runs)),
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

function section(table: Table): string[] {
  const { title, note } = table
  return [`## ${title}`, '', ...(note === '' ? [] : [note, '']), ...markdownTable(table)]
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
