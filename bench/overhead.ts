import { startUpstream, type Contender } from './harness/contender.ts'
import { conversation } from './harness/conversation.ts'
import { Load } from './harness/load.ts'
import { progress } from './harness/progress.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { median } from './harness/statistics.ts'

interface Scenario {
  readonly name: string
  readonly body: Buffer
  readonly expect: string
  /**
   * Requests before the first round: enough for the optimising compiler to have done its work, since what is measured is a
   * server that runs for hours.
   */
  readonly warmUp: number
  /** Requests of one round, and how many of them at a time. */
  readonly requests: number
  readonly concurrency: number
  /** Most CPU time Spotter may take, as a multiple of the floor's. */
  readonly target: number
}

const UNARY_END = '"user":null,"metadata":{}'
const STREAM_END = '"sequence_number":99}'

const scenarios: readonly Scenario[] = [
  {
    name: '1 KB',
    body: conversation(1024),
    expect: UNARY_END,
    warmUp: 25_000,
    requests: 2500,
    concurrency: 16,
    target: 2.0,
  },
  {
    name: '64 KB',
    body: conversation(65_536),
    expect: UNARY_END,
    warmUp: 6000,
    requests: 1000,
    concurrency: 16,
    target: 1.6,
  },
  {
    name: '1 MB',
    body: conversation(1_048_576),
    expect: UNARY_END,
    warmUp: 500,
    requests: 150,
    concurrency: 4,
    target: 1.4,
  },
  {
    name: 'stream of 100 events',
    body: conversation(1024, { stream: true }),
    expect: STREAM_END,
    warmUp: 1500,
    requests: 150,
    concurrency: 8,
    target: 2.0,
  },
]

/** CPU time of one contender's process in one scenario. */
export interface OverheadRow {
  readonly scenario: string
  readonly contender: string
  /** Microseconds of CPU per request: the median over the rounds; null for a peer that failed. */
  readonly microseconds: number | null
  /** Multiple of the first contender's: the median over the rounds, each against the same round's. */
  readonly ratio: number | null
  /** What `ratio` may be at most, for Spotter. */
  readonly target: number | null
  readonly rounds: readonly number[]
  /** Why a peer has no figures. */
  readonly problem?: string
}

/**
 * CPU time per request of each contender's process, beside the first one's. The contenders take turns in every round,
 * so that whatever else the machine does hits all of them alike.
 */
export async function measureOverhead(
  contenders: readonly Contender[],
  quick: boolean,
): Promise<OverheadRow[]> {
  const upstream = await startUpstream()
  const servers: ServerProcess[] = []
  try {
    for (const contender of contenders) {
      progress(`overhead: starting ${contender.name}`)
      servers.push(await contender.start(upstream.origin))
    }
    const rows: OverheadRow[] = []
    for (const scenario of scenarios)
      rows.push(...(await measureScenario(scenario, contenders, servers, quick)))
    return rows
  } finally {
    await Promise.all([...servers, upstream].map((server) => server.stop()))
  }
}

async function measureScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  servers: readonly ServerProcess[],
  quick: boolean,
): Promise<OverheadRow[]> {
  const rounds = quick ? 3 : 9
  const costs: number[][] = contenders.map(() => [])
  const problems: (string | undefined)[] = contenders.map(() => undefined)
  const loads = servers.map((server) => new Load(server.origin, scenario.concurrency))
  const run = async (index: number, count: number): Promise<number> => {
    const { path, headers } = contenders[index]!
    const before = servers[index]!.cpu()
    await loads[index]!.run({ ...scenario, path, headers }, count, scenario.concurrency)
    return (servers[index]!.cpu() - before) / count
  }
  try {
    for (const [index, contender] of contenders.entries()) {
      progress(`overhead: ${scenario.name}, ${contender.name} warms up`)
      try {
        await run(index, quick ? scenario.requests * 2 : scenario.warmUp)
      } catch (error) {
        if (!contender.peer) throw error
        problems[index] = (error as Error).message
      }
    }
    const order = [...contenders.keys()].filter((index) => !problems[index])
    for (let round = 0; round < rounds; round++) {
      progress(`overhead: ${scenario.name}, round ${round + 1} of ${rounds}`)
      for (const index of order) costs[index]!.push(await run(index, scenario.requests))
      // Forwards and backwards in turn, so that none always comes after the same other.
      order.reverse()
    }
  } finally {
    await Promise.all(loads.map((load) => load.close()))
  }
  return contenders.map((contender, index) => ({
    scenario: scenario.name,
    contender: contender.name,
    microseconds: problems[index] ? null : median(costs[index]!),
    ratio: problems[index] ? null : median(costs[index]!.map((cost, round) => cost / costs[0]![round]!)),
    target: contender.name === 'spotter' ? scenario.target : null,
    rounds: costs[index]!.map((cost) => Math.round(cost)),
    problem: problems[index],
  }))
}
