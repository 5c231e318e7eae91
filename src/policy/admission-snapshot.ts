import type { Clock } from '../lib/clock.ts'
import type { Circuit } from './room/circuit.ts'
import type { Circuits } from './room/circuits.ts'
import type { ChargeRule } from './cost/charge-rule.ts'
import type { ChargeEstimate } from './cost/estimate.ts'
import type { Domain } from './domain/domain.ts'
import { emptyInMs } from './domain/forecast.ts'
import type { DimensionName } from './quota/dimension-name.ts'
import type { LimitSource, QuotaDimension } from './quota/quota-dimension.ts'
import type { Waiter } from './room/waiter.ts'

/** The waiting room at one moment. Rates are per minute, times in ms, shares from 0 to 1, stamps epoch ms; no Infinity. */
export interface AdmissionSnapshot {
  readonly uptimeMs: number
  readonly inFlight: number
  /** `max_concurrent_requests`; null for no cap. */
  readonly maxConcurrent: number | null
  readonly waiting: number
  readonly circuits: { readonly quota: CircuitSnapshot; readonly key: CircuitSnapshot }
  readonly estimate: {
    readonly rule: ChargeRule
    /** Mean relative error of the latest estimates; null before any charge was seen. */
    readonly error: number | null
    readonly samples: number
  }
  readonly domains: readonly DomainSnapshot[]
}

export interface CircuitSnapshot {
  readonly state: 'closed' | 'open' | 'half_open'
  readonly policy: 'park' | 'fail'
  /** Why it is not closed: the code and the sentence; null while closed. */
  readonly code: string | null
  readonly message: string | null
  /** `project` where only the project's budget is used up; null while closed. */
  readonly scope: 'organization' | 'project' | null
  readonly since: number | null
  readonly ageMs: number | null
  readonly nextProbeMs: number | null
  readonly probes: number
  /** Calls that were refused for this reason since the start. */
  readonly wasted: number
  /** Share of the usual rate that is sent at present. */
  readonly ramp: number
}

export interface LimitSnapshot {
  readonly name: DimensionName
  readonly limit: number | null
  readonly source: LimitSource | null
  readonly windowMs: number
  /** What is sent at most at present, per window; null when unlimited. */
  readonly effectiveRate: number | null
  /** What the server has left, as believed; null before it told. */
  readonly level: number | null
  /** Share of the limit that flows out beside what is sent. */
  readonly drift: number
  /** Sent over the last seconds in relation to the limit; of a day's limit the part used up; null where nothing is known. */
  readonly utilization: number | null
}

export interface BandSnapshot {
  readonly band: 'continuation' | 'first'
  readonly waiting: number
  readonly keys: number
  readonly oldestMs: number
}

export interface DomainSnapshot {
  readonly name: string
  readonly inFlight: number
  readonly limits: readonly LimitSnapshot[]
  readonly horizon: number
  readonly headroom: number
  readonly boost: number
  readonly concurrency: { readonly mode: string; readonly limit: number | null }
  /** Requests per minute found out by refusals; null where none were. */
  readonly discovered: { readonly perMinute: number | null; readonly blocked: boolean } | null
  readonly slowDown: boolean
  /** While nobody is sent: for how long, until when, and why. */
  readonly gate: { readonly forMs: number; readonly until: number; readonly reason: string | null } | null
  readonly queue: readonly BandSnapshot[]
  /** Until everyone who waits now has been sent; null while no limit is known. */
  readonly emptyInMs: number | null
  /** Waits that were foreseen and what became of them: averages over the latest calls; null before any had to wait. */
  readonly forecast: { readonly predictedMs: number; readonly actualMs: number } | null
  readonly admitted: { readonly requests: number; readonly tokens: number }
  readonly completed: number
  readonly wasted: {
    readonly attempts: Readonly<Record<string, number>>
    readonly requests: number
    readonly tokens: number
  }
  readonly output: {
    readonly reserved: number
    readonly used: number
    /** How much more would fit the token limit if calls stated the output they use: 0.4 for 40 %; null before any call. */
    readonly honestGain: number | null
  }
  /** What somebody else spends, and of which limit: `tokens per minute`. */
  readonly foreign: { readonly share: number; readonly of: string; readonly since: number } | null
}

export interface SnapshotSource {
  readonly clock: Clock
  readonly startedAt: number
  readonly domains: readonly Domain<Waiter>[]
  readonly estimate: ChargeEstimate
  readonly inFlight: number
  readonly cap: number
  readonly circuits: Circuits
}

const MINUTE_MS = 60_000

export function admissionSnapshot(source: SnapshotSource): AdmissionSnapshot {
  const { clock, estimate, circuits } = source
  const now = clock.now()
  const ramp = circuits.ramp()
  return {
    uptimeMs: now - source.startedAt,
    inFlight: source.inFlight,
    maxConcurrent: finite(source.cap),
    waiting: source.domains.reduce((sum, domain) => sum + domain.queue.size, 0),
    circuits: { quota: circuitSnapshot(circuits.quota), key: circuitSnapshot(circuits.key) },
    estimate: {
      rule: estimate.rule,
      error: estimate.seen === 0 ? null : estimate.error,
      samples: estimate.seen,
    },
    domains: source.domains.map((domain) => domainSnapshot(domain, now, clock.wall(), ramp)),
  }
}

function circuitSnapshot(circuit: Circuit): CircuitSnapshot {
  const { state, policy, failure, probes, wasted } = circuit
  const closed = state === 'closed'
  return {
    state,
    policy,
    code: failure?.code ?? null,
    message: failure?.message ?? null,
    scope: failure === null ? null : failure.code?.startsWith('project_') ? 'project' : 'organization',
    since: closed ? null : circuit.since,
    ageMs: closed ? null : circuit.openForMs,
    nextProbeMs: state === 'open' ? finite(circuit.probeInMs()) : null,
    probes,
    wasted,
    ramp: circuit.ramp(),
  }
}

function domainSnapshot(domain: Domain<Waiter>, now: number, wall: number, ramp: number): DomainSnapshot {
  domain.advance(now, ramp)
  const { quota, statistics, discovery, concurrency, foreign, forecasts } = domain
  const held = domain.held(now)
  return {
    name: domain.name,
    inFlight: domain.inFlight,
    limits: quota.dimensions
      .filter((dimension) => dimension.constrained || discoveredRate(dimension, domain) !== Infinity)
      .map((dimension) => limitSnapshot(dimension, domain, now)),
    horizon: quota.pace.horizon,
    headroom: quota.pace.headroom,
    boost: quota.pace.boost,
    concurrency: { mode: concurrency.mode, limit: finite(concurrency.allowed(now)) },
    discovered: discovery.engaged
      ? { perMinute: finite(discovery.ceiling * MINUTE_MS), blocked: discovery.blocked }
      : null,
    slowDown: domain.governor.active,
    gate: held && { ...held, until: wall + held.forMs },
    queue: bands(domain, now),
    emptyInMs: emptyInMs(domain.outlook(now)),
    forecast:
      forecasts.count === 0 ? null : { predictedMs: forecasts.predictedMs, actualMs: forecasts.actualMs },
    admitted: { requests: statistics.admittedRequests, tokens: statistics.admittedTokens },
    completed: statistics.completedCalls,
    wasted: {
      attempts: { ...statistics.wastedAttempts },
      requests: statistics.wastedRequests,
      tokens: statistics.wastedTokens,
    },
    output: {
      reserved: statistics.reservedOutput,
      used: statistics.usedOutput,
      honestGain:
        statistics.honestTokens === 0 ? null : statistics.chargedTokens / statistics.honestTokens - 1,
    },
    foreign:
      foreign.since === null ? null : { share: foreign.fraction, of: foreign.label, since: foreign.since },
  }
}

function limitSnapshot(dimension: QuotaDimension, domain: Domain<Waiter>, now: number): LimitSnapshot {
  const { name, limit, source, windowMs, server, rate, stock } = dimension
  return {
    name,
    limit,
    source,
    windowMs,
    effectiveRate: finite(
      Math.min(stock ? Infinity : dimension.paced(domain.quota.pace), discoveredRate(dimension, domain)) *
        windowMs,
    ),
    level: server.known ? server.level : null,
    drift: rate > 0 ? server.drift / rate : 0,
    utilization: stock && limit ? 1 - stock.left / limit : rate > 0 ? dimension.sent.perMs(now) / rate : null,
  }
}

/** Where the host tells no limit, what was found out goes by requests. */
function discoveredRate({ name }: QuotaDimension, { discovery }: Domain<Waiter>): number {
  return name === 'requests' ? discovery.ceiling : Infinity
}

function bands(domain: Domain<Waiter>, now: number): BandSnapshot[] {
  const oldest = { continuation: now, first: now }
  for (const waiter of domain.queue.values()) {
    const name = waiter.continuation ? 'continuation' : 'first'
    if (waiter.arrived < oldest[name]) oldest[name] = waiter.arrived
  }
  return (['continuation', 'first'] as const).map((name) => {
    const band = domain.queue.band(name === 'continuation')
    return { band: name, waiting: band.size, keys: band.active.size, oldestMs: now - oldest[name] }
  })
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
