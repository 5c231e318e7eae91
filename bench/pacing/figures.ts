import type { Accounting, DomainAccount } from '../../src/simulator/limits/accounting/accounting.ts'
import type { AgentsReport, CallRecord } from './agents.ts'
import type { PacingScenario } from './scenarios.ts'
import type { Load } from './child.ts'
import type { Rollout } from './work.ts'

/** What came out of one run. Times in seconds of quota time; shares from 0 to 1. */
export interface RunFigures {
  readonly scenario: string
  readonly contender: string
  /** What admitted requests were charged of what there was, between the two moments of the scenario. */
  readonly utilization: number
  /** The same from the very start: what was there then, and what was lost while the limits were not known, counts too. */
  readonly utilizationFromStart: number
  /** Attempts of the whole run that reached the twin, those it refused, and why. */
  readonly attempts: number
  readonly rejected: number
  readonly rejectedShare: number
  readonly causes: Readonly<Record<string, number>>
  /** Of those, rejected between the two moments. */
  readonly rejectedSteady: number
  /** The part of the requests per minute that refused attempts used up, over the whole run. */
  readonly wastedQuota: number
  /** Jain's index over what each rollout was served per minute it was there. */
  readonly fairness: number
  readonly waitP50: number
  readonly waitP99: number
  /** Minutes of quota until the last call was answered; null when that did not happen before the end. */
  readonly makespan: number | null
  /** Share of the work that was done at the end. */
  readonly done: number
  readonly calls: number
  readonly lost: number
  readonly losses: readonly string[]
  /** Shares of a core that the processes used, and the twin's own delays: whether the machine was in the way. */
  readonly cpu: { readonly twin: number; readonly agents: number; readonly server: number | null }
  readonly serverCpuMs: number | null
  readonly twinDelayP99Ms: number
  readonly agentsDelayP99Ms: number
  readonly series: RateSeries
}

/** Per stretch of quota time: tokens asked for, let in, and refilled; requests asked for and let in. */
export interface RateSeries {
  readonly secondsPerBin: number
  readonly sent: readonly number[]
  readonly admitted: readonly number[]
  readonly available: readonly number[]
  readonly sentRequests: readonly number[]
  readonly admittedRequests: readonly number[]
}

export interface RunFacts {
  readonly scenario: PacingScenario
  readonly contender: string
  readonly work: readonly Rollout[]
  /** The model's pace in real time. */
  readonly pace: { readonly firstTokenMs: number; readonly tokensPerSecond: number }
  readonly before: Accounting
  readonly after: Accounting
  readonly last: Accounting
  readonly told: Extract<AgentsReport, { kind: 'calls' }>
  readonly twinLoad: Load
  readonly elapsedMs: number
  readonly serverCpuMs: number | null
}

export function figuresOf(facts: RunFacts): RunFigures {
  const { scenario, told, pace, last, elapsedMs } = facts
  const scale = scenario.twin.minute_seconds / 60
  const minuteMs = scenario.twin.minute_seconds * 1000
  const total = domainOf(last)
  if (!total) throw new Error(`${facts.contender} sent nothing in ${scenario.name}`)
  const [before, after] = [domainOf(facts.before), domainOf(facts.after)]
  const attempts = total.admitted.requests + total.refused.requests
  const waits = told.calls
    .filter((call) => call.status === 200)
    .map((call) => {
      const service = pace.firstTokenMs + ((call.output - 1) * 1000) / pace.tokensPerSecond
      return Math.max(0, call.endedAt - call.readyAt - service)
    })
    .toSorted((a, b) => a - b)
  const lost = told.calls.filter((call) => call.status !== 200).length
  const finished = told.open === 0
  const requests = total.limits.find((limit) => limit.unit === 'requests' && !limit.quantum)
  return {
    scenario: scenario.name,
    contender: facts.contender,
    utilization: after ? utilization(before, after) : 0,
    utilizationFromStart: after ? utilization(null, after) : 0,
    attempts,
    rejected: total.refused.requests,
    rejectedShare: total.refused.requests / Math.max(1, attempts),
    causes: total.refusals,
    rejectedSteady: (after?.refused.requests ?? 0) - (before?.refused.requests ?? 0),
    wastedQuota: requests ? requests.wasted / requests.available : 0,
    fairness: fairness(facts.work, told.calls, scenario.steady[0] * minuteMs, scenario.steady[1] * minuteMs),
    waitP50: percentile(waits, 0.5) / 1000 / scale,
    waitP99: percentile(waits, 0.99) / 1000 / scale,
    makespan: finished ? Math.max(0, ...told.calls.map((call) => call.endedAt)) / minuteMs : null,
    done: told.calls.reduce((sum, call) => sum + call.tokens, 0) / (scenario.work * scenario.twin.limits.tpm),
    calls: told.calls.length,
    lost,
    losses: told.losses,
    cpu: {
      twin: facts.twinLoad.cpuMs / elapsedMs,
      agents: told.load.cpuMs / elapsedMs,
      server: facts.serverCpuMs === null ? null : facts.serverCpuMs / elapsedMs,
    },
    serverCpuMs: facts.serverCpuMs,
    twinDelayP99Ms: facts.twinLoad.delayP99,
    agentsDelayP99Ms: told.load.delayP99,
    series: {
      secondsPerBin: total.series.binMs / 1000 / scale,
      sent: total.series.sentTokens,
      admitted: total.series.admittedTokens,
      available: total.series.availableTokens,
      sentRequests: total.series.sentRequests,
      admittedRequests: total.series.admittedRequests,
    },
  }
}

const nothing = { admitted: 0, refunded: 0, available: 0 }

/** Of the limit that governed between two moments. */
export function utilization(before: DomainAccount | null, after: DomainAccount): number {
  const shares = after.limits.map((limit, index) => {
    const earlier = before?.limits[index] ?? nothing
    const charged = limit.admitted - limit.refunded - (earlier.admitted - earlier.refunded)
    return charged / (limit.available - earlier.available)
  })
  return Math.max(0, ...shares)
}

/** Every run has one organisation and one model, so one domain; null before the first request. */
export function domainOf(account: Accounting): DomainAccount | null {
  if (account.domains.length > 1) throw new Error(`${account.domains.length} domains instead of one`)
  return account.domains[0] ?? null
}

/** A rollout counts for the time from its arrival to its last answer; those that were there for less than a quarter are left out. */
function fairness(
  rollouts: readonly Rollout[],
  calls: readonly CallRecord[],
  from: number,
  to: number,
): number {
  const seen = rollouts.map(() => ({ answered: 0, lastAt: 0, served: 0 }))
  for (const { rollout, endedAt, tokens } of calls) {
    const one = seen[rollout]!
    one.answered += 1
    one.lastAt = Math.max(one.lastAt, endedAt)
    if (endedAt >= from && endedAt < to) one.served += tokens
  }
  const rates: number[] = []
  for (const [index, { arrivesMs, turns }] of rollouts.entries()) {
    const { answered, lastAt, served } = seen[index]!
    const ends = answered === turns.length ? lastAt : to
    const there = Math.min(to, ends) - Math.max(from, arrivesMs)
    if (there >= (to - from) / 4) rates.push(served / there)
  }
  return jain(rates)
}

export function jain(values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0)
  const squares = values.reduce((a, b) => a + b * b, 0)
  return squares === 0 ? 0 : sum ** 2 / (values.length * squares)
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
