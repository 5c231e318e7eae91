import type { Table } from '../harness/table.ts'
import { pacingContenders } from './contenders/index.ts'
import type { RunFigures } from './figures.ts'
import {
  LONGEST_RESUME_MINUTES,
  MOST_WASTED,
  outagePasses,
  outageScenario,
  type OutageRow,
} from './outage.ts'
import { pacingScenarios, type PacingScenario } from './scenarios.ts'
import type { StartRow } from './start.ts'
import type { StreamingRow } from './streaming.ts'

export const SUBJECT = 'spotter'

/** Our server is held to the scenario's targets; the others are there to compare. */
function passes(scenario: PacingScenario, run: RunFigures): boolean {
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
export function overviewTable(runs: readonly RunFigures[]): Table {
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

function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`
}

function verdict(contender: string, passed: boolean): string {
  if (contender !== SUBJECT) return ''
  return passed ? 'pass' : 'FAIL'
}
