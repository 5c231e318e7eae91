/** `npm run bench:pacing [-- --quick] [-- --only SCENARIO …] [-- --contender NAME …]` */
import { parseArgs } from 'node:util'
import { endProgress, progress } from '../harness/progress.ts'
import { circumstances, printed, type Table } from '../report.ts'
import { contenderNamed, pacingContenders } from './contenders/index.ts'
import { measureOutage, outageScenario } from './outage.ts'
import {
  outageTable,
  runsTable,
  startTable,
  streamingTable,
  writePacing,
  type PacingResults,
} from './report.ts'
import { pacingScenarios, quickScenarios, type Lane, type PacingScenario } from './scenarios.ts'
import { Stage } from './stage.ts'
import { measureStart } from './start.ts'
import { measureStreaming } from './streaming.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
  },
})
const extras = [outageScenario.name, 'start', 'streaming']
const names = [...pacingScenarios.map(({ name }) => name), ...extras]
for (const name of values.only ?? []) {
  if (!names.includes(name)) throw new Error(`there is no scenario called ${name}, only ${names.join(', ')}`)
}
const wanted = values.only ?? (values.quick ? quickScenarios : names)
const contenders = values.contender
  ? values.contender.map(contenderNamed)
  : values.quick
    ? pacingContenders.slice(0, 2)
    : pacingContenders
const scenarios = pacingScenarios.filter(({ name }) => wanted.includes(name))
const results: PacingResults = { runs: [], outage: [], start: [], streaming: [] }
/** What every lane is doing. */
const doing = new Map<string, string>()

function say(lane: string, what: string): void {
  doing.set(lane, what)
  progress([...doing.values()].filter((words) => words !== '').join(' · '))
}

function show(table: Table): void {
  endProgress()
  process.stdout.write(`${printed(table)}  ${table.note}\n\n`)
  if (table.failed) process.exitCode = 1
}

async function play(stages: readonly Stage[], lane: string, scenario: PacingScenario): Promise<void> {
  const runs = await Promise.all(
    contenders.map((contender, index) =>
      stages[index]!.run(scenario, contender, {
        progress: (minutes) => say(lane, `${scenario.name} ${minutes.toFixed(1)}/${scenario.ends} min`),
      }),
    ),
  )
  say(lane, '')
  results.runs.push(...runs)
  show(runsTable(scenario, runs))
}

const lanes: readonly Lane[] = ['fast', 'medium', 'slow', 'quantised']

async function playLane(lane: Lane): Promise<void> {
  const mine = scenarios.filter((scenario) => scenario.lane === lane)
  const outage = lane === 'slow' && wanted.includes(outageScenario.name)
  const start = lane === 'fast' && wanted.includes('start')
  const streaming = lane === 'fast' && wanted.includes('streaming')
  if (mine.length === 0 && !outage && !start && !streaming) return
  const stages = Array.from({ length: Math.max(contenders.length, streaming ? 4 : 1) }, () => new Stage())
  try {
    for (const scenario of mine) await play(stages, lane, scenario)
    if (streaming) {
      results.streaming.push(...(await measureStreaming(stages.slice(0, 4), (what) => say(lane, what))))
      show(streamingTable(results.streaming))
    }
    if (start) {
      results.start.push(...(await measureStart(stages[0]!, (host) => say(lane, `start: ${host}`))))
      show(startTable(results.start))
    }
    if (outage) {
      const rows = contenders.map((contender, index) =>
        measureOutage(stages[index]!, contender, (minutes) =>
          say(lane, `${outageScenario.name} ${minutes.toFixed(0)}/${outageScenario.ends} min`),
        ),
      )
      results.outage.push(...(await Promise.all(rows)))
      show(outageTable(results.outage))
    }
    say(lane, '')
  } finally {
    for (const stage of stages) stage.close()
  }
}

const command = ['npm run bench:pacing', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])]
const about = circumstances(command.join(' '), {})
process.stdout.write(`${about.machine}, Node ${about.node}\n\n`)
const startedAt = performance.now()
// Lanes differ in how much time is compressed: the slow ones cost little and run beside the others.
const ended = await Promise.allSettled(lanes.map(playLane))
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
