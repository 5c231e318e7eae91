/** `npm run bench:pacing [-- --quick] [-- --only SCENARIO …] [-- --contender NAME …]` */
import { parseArgs } from 'node:util'
import { circumstances } from '../harness/circumstances.ts'
import { endProgress, progress } from '../harness/progress.ts'
import { printed, type Table } from '../harness/table.ts'
import { contenderNamed, pacingContenders } from './contenders/index.ts'
import { measureOutage, outageScenario } from './outage.ts'
import { bareProcessesScenario, measureProcesses, processesScenario, processesTable } from './processes.ts'
import { writePacing, type PacingResults } from './report.ts'
import { pacingScenarios, quickScenarios, type Lane, type PacingScenario } from './scenarios.ts'
import { Stage } from './stage.ts'
import { measureStart } from './start.ts'
import { measureStreaming } from './streaming.ts'
import { outageTable, runsTable, startTable, streamingTable } from './tables.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
  },
})
const names = [
  ...pacingScenarios.map(({ name }) => name),
  'streaming',
  'start',
  processesScenario.name,
  bareProcessesScenario.name,
  outageScenario.name,
]
for (const name of values.only ?? []) {
  if (!names.includes(name)) throw new Error(`there is no scenario called ${name}, only ${names.join(', ')}`)
}
const wanted = values.only ?? (values.quick ? quickScenarios : names)
const contenders = values.contender
  ? values.contender.map(contenderNamed)
  : values.quick
    ? pacingContenders.slice(0, 2)
    : pacingContenders
const results: PacingResults = { runs: [], outage: [], start: [], streaming: [], processes: [] }

/** A part of the bench; jobs of different lanes run at the same time. */
interface Job {
  readonly name: string
  readonly lane: Lane
  readonly stages: number
  /** `say` tells how far it is. */
  readonly play: (stages: readonly Stage[], say: (what: string) => void) => Promise<Table>
}

function scenarioJob(scenario: PacingScenario): Job {
  return {
    name: scenario.name,
    lane: scenario.lane,
    stages: contenders.length,
    async play(stages, say) {
      const runs = await Promise.all(
        contenders.map((contender, index) =>
          stages[index]!.run(scenario, contender, {
            progress: (minutes) => say(`${minutes.toFixed(1)}/${scenario.ends} min`),
          }),
        ),
      )
      results.runs.push(...runs)
      return runsTable(scenario, runs)
    },
  }
}

const jobs: readonly Job[] = [
  ...pacingScenarios.map(scenarioJob),
  {
    name: 'streaming',
    lane: 'fast',
    stages: 4,
    async play(stages, say) {
      results.streaming.push(...(await measureStreaming(stages, say)))
      return streamingTable(results.streaming)
    },
  },
  {
    name: 'start',
    lane: 'fast',
    stages: 1,
    async play(stages, say) {
      results.start.push(...(await measureStart(stages[0]!, say)))
      return startTable(results.start)
    },
  },
  ...[processesScenario, bareProcessesScenario].map((scenario): Job => ({
    name: scenario.name,
    lane: scenario.lane,
    stages: 0,
    async play(_stages, say) {
      results.processes.push(...(await measureProcesses(scenario, say)))
      return processesTable(scenario, results.processes)
    },
  })),
  {
    name: outageScenario.name,
    lane: 'slow',
    stages: contenders.length,
    async play(stages, say) {
      const rows = contenders.map((contender, index) =>
        measureOutage(stages[index]!, contender, (minutes) =>
          say(`${minutes.toFixed(0)}/${outageScenario.ends} min`),
        ),
      )
      results.outage.push(...(await Promise.all(rows)))
      return outageTable(results.outage)
    },
  },
]

/** What every lane is doing. */
const doing = new Map<Lane, string>()

async function playLane(lane: Lane, mine: readonly Job[], stages: readonly Stage[]): Promise<void> {
  try {
    for (const job of mine) {
      const table = await job.play(stages.slice(0, job.stages), (what) => {
        doing.set(lane, `${job.name} ${what}`)
        progress([...doing.values()].join(' · '))
      })
      endProgress()
      process.stdout.write(`${printed(table)}  ${table.note}\n\n`)
      if (table.failed) process.exitCode = 1
    }
  } finally {
    doing.delete(lane)
    for (const stage of stages) stage.close()
  }
}

const command = ['npm run bench:pacing', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])]
const about = circumstances(command.join(' '), {})
process.stdout.write(`${about.machine}, Node ${about.node}\n\n`)
const startedAt = performance.now()
const lanes = Map.groupBy(
  jobs.filter(({ name }) => wanted.includes(name)),
  ({ lane }) => lane,
)
const plans = [...lanes].map(([lane, mine]) => {
  const most = Math.max(...mine.map(({ stages }) => stages))
  return { lane, mine, stages: Array.from({ length: most }, () => new Stage()) }
})
progress('starting the processes')
await Promise.all(plans.flatMap(({ stages }) => stages.map((stage) => stage.warmUp())))
// Lanes differ in how much time is compressed: the slow ones cost little and run beside the others.
const ended = await Promise.allSettled(plans.map(({ lane, mine, stages }) => playLane(lane, mine, stages)))
endProgress()
for (const lane of ended) {
  // Only once all have ended, so that no process of another lane is left behind.
  if (lane.status === 'rejected') throw lane.reason
}
const seconds = Math.round((performance.now() - startedAt) / 1000)
// Only a whole run is kept: parts of several runs would not belong together.
const whole = !values.quick && values.only === undefined && values.contender === undefined
const written = whole ? `; written: ${writePacing(about, results).join(', ')}` : ''
process.stdout.write(`${seconds} s in all${written}\n`)
for (const run of results.runs) {
  const { twin, agents, server } = run.cpu
  if (Math.max(twin, agents, server ?? 0) < 0.7) continue
  process.stdout.write(`${run.scenario}, ${run.contender}: a process was short of CPU; do not trust it\n`)
}
