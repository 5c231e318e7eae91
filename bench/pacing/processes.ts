import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerProcess } from '../harness/server-process.ts'
import type { Table } from '../harness/table.ts'
import type { AgentsOrder, AgentsReport } from './agents.ts'
import { Child } from './child.ts'
import { sleep } from './contenders/contender.ts'
import { spotter } from './contenders/spotter.ts'
import { domainOf, utilization } from './figures.ts'
import { scenario, type PacingScenario } from './scenarios.ts'
import type { TwinOrder, TwinReport } from './twin.ts'

const SERVERS = 3
/** The most that may be refused, of all attempts. */
const MOST_REJECTED = 0.02

export const processesScenario = scenario(
  'three-servers',
  `${SERVERS} servers with one key, each with a third of the work, as a run with a policy, a judge and a simulated user has them.`,
  { targets: { utilization: 0.95, rejected: MOST_REJECTED, fairness: 0 } },
)

/** From the start on, while nothing is known of the host: that is when several that do not share do most harm. */
export const bareProcessesScenario = scenario(
  'three-servers-bare',
  `The same in front of a host that sends bare 429s and no headers, from the start; uncompressed.`,
  {
    twin: { host: 'bare' },
    targets: { utilization: 0.8, rejected: 0.03, fairness: 0 },
    lane: 'slow',
    work: 4.5,
    steady: [1, 2.5],
    ends: 2.5,
  },
)

interface Case {
  readonly name: string
  readonly shared: boolean
  /** Minute in which the process that keeps the limits is killed (SIGKILL); null where it lives. */
  readonly killAt: number | null
}

const cases: readonly Case[] = [
  { name: 'one limiter', shared: true, killAt: null },
  { name: 'one limiter, its process killed', shared: true, killAt: 3 },
  { name: 'a limiter each (`pacing.shared: false`)', shared: false, killAt: null },
]

/** What servers came to that share an account. */
export interface ProcessesRow {
  readonly scenario: string
  readonly case: string
  readonly shared: boolean
  readonly killed: boolean
  readonly utilization: number
  readonly attempts: number
  readonly rejected: number
  /** Calls answered, and those not answered by servers that lived. */
  readonly calls: number
  readonly lost: number
  readonly losses: readonly string[]
}

export async function measureProcesses(
  played: PacingScenario,
  progress: (what: string) => void,
): Promise<ProcessesRow[]> {
  const twin = new Child<TwinOrder, TwinReport>(join(import.meta.dirname, 'twin.ts'))
  const agents = Array.from(
    { length: SERVERS },
    () => new Child<AgentsOrder, AgentsReport>(join(import.meta.dirname, 'agents.ts')),
  )
  try {
    await Promise.all([twin.ready, ...agents.map(({ ready }) => ready)])
    const rows: ProcessesRow[] = []
    for (const one of cases) {
      if ((one.killAt ?? 0) >= played.ends) continue
      progress(one.name)
      rows.push(await play(played, one, twin, agents))
    }
    return rows
  } finally {
    for (const child of [twin, ...agents]) child.stop()
  }
}

async function play(
  played: PacingScenario,
  { name, shared, killAt }: Case,
  twin: Child<TwinOrder, TwinReport>,
  agents: readonly Child<AgentsOrder, AgentsReport>[],
): Promise<ProcessesRow> {
  const { twin: limits, firstTokenMs, tokensPerSecond, work, rollouts, sizes, steady, ends } = played
  const minuteMs = limits.minute_seconds * 1000
  const scale = limits.minute_seconds / 60
  const settings = {
    scenario: limits,
    firstTokenMs: firstTokenMs * scale,
    tokensPerSecond: tokensPerSecond / scale,
  }
  const { url } = await twin.ask({ order: 'open', settings }, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'spotter-pacing-'))
  const servers: ServerProcess[] = []
  try {
    const overrides = [`pacing.shared=${shared}`]
    const start = (): Promise<ServerProcess> | undefined =>
      spotter.server?.({ upstream: url, folder, scale, overrides })
    for (const _ of agents) servers.push((await start()) as ServerProcess)
    twin.tell({ order: 'reset' })
    const startedAt = performance.now()
    const share = {
      rollouts: Math.ceil(rollouts / SERVERS),
      tokens: (work * limits.limits.tpm) / SERVERS,
      sizes,
      groups: 1,
      groupGapMs: 0,
    }
    const finished = agents.map((child, index) => {
      const origin = servers[index]?.origin ?? ''
      child.tell({
        order: 'start',
        settings: { contender: 'spotter', origin, work: share, scale, ...limits.limits },
      })
      return child.next('all-done')
    })
    const all = Promise.all(finished)
    all.catch(() => {})
    const until = (minutes: number): Promise<void> =>
      sleep(Math.max(0, startedAt + minutes * minuteMs - performance.now()))
    const account = async () => domainOf((await twin.ask({ order: 'account' }, 'account')).account)
    await until(steady[0])
    const before = await account()
    if (killAt !== null) await until(killAt)
    const victim = killAt === null ? -1 : await hostOf(servers)
    const killed = servers[victim]
    if (killed) process.kill(killed.pid, 'SIGKILL')
    await until(steady[1])
    const after = await account()
    await Promise.race([all, until(ends)])
    const told = await Promise.all(agents.map((child) => child.ask({ order: 'end' }, 'calls')))
    const total = await account()
    if (!total || !after) throw new Error(`${name} sent nothing`)
    const survivors = told.filter((_, index) => index !== victim)
    return {
      scenario: played.name,
      case: name,
      shared,
      killed: killAt !== null,
      utilization: utilization(before, after),
      attempts: total.admitted.requests + total.refused.requests,
      rejected: total.refused.requests,
      calls: told.reduce((sum, { calls }) => sum + calls.filter(({ status }) => status === 200).length, 0),
      lost: survivors.reduce(
        (sum, { calls }) => sum + calls.filter(({ status }) => status !== 200).length,
        0,
      ),
      losses: survivors.flatMap(({ losses }) => losses).slice(0, 3),
    }
  } finally {
    for (const child of agents) child.tell({ order: 'end' })
    await Promise.all(servers.map((server) => server.stop()))
    twin.tell({ order: 'close' })
    await rm(folder, { recursive: true, force: true })
  }
}

/** Which of them keeps the limits. */
async function hostOf(servers: readonly ServerProcess[]): Promise<number> {
  const roles = await Promise.all(
    servers.map(async ({ origin }) => {
      const status = (await (await fetch(`${origin}/status`)).json()) as { sharing: { role: string } }
      return status.sharing.role
    }),
  )
  return roles.indexOf('host')
}

function passes({ targets }: PacingScenario, row: ProcessesRow): boolean {
  return (
    row.utilization >= targets.utilization &&
    row.rejected <= targets.rejected * row.attempts &&
    row.lost === 0
  )
}

/** The rows of one of the two scenarios. */
export function processesTable(played: PacingScenario, all: readonly ProcessesRow[]): Table {
  const rows = all.filter(({ scenario: name }) => name === played.name)
  const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`
  const { utilization: used, rejected } = played.targets
  const killed = rows.some((row) => row.killed)
    ? ' The one that is killed dies after minute 3; its calls are not counted as lost.'
    : ''
  return {
    title: played.name,
    note: `${played.about}${killed} Targets: ≥ ${percent(used, 0)} used, ≤ ${percent(rejected, 0)} rejected, nothing lost.`,
    columns: ['', 'used', 'attempts', 'rejected', 'of all', 'answered', 'lost', ''],
    rows: rows.map((row) => [
      row.case,
      percent(row.utilization),
      row.attempts.toLocaleString('en'),
      row.rejected.toLocaleString('en'),
      percent(row.rejected / Math.max(1, row.attempts), 2),
      row.calls.toLocaleString('en'),
      String(row.lost),
      row.shared ? (passes(played, row) ? 'pass' : 'FAIL') : '',
    ]),
    failed: rows.some((row) => row.shared && !passes(played, row)),
  }
}
