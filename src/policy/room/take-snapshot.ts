import type { Clock } from '../../lib/clock.ts'
import type {
  AdmissionSnapshot,
  BandSnapshot,
  CircuitSnapshot,
  DomainSnapshot,
  LimitSnapshot,
} from '../admission-snapshot.ts'
import type { ChargeEstimate } from '../cost/estimate.ts'
import type { Domain } from '../domain/domain.ts'
import { emptyInMs } from '../domain/forecast.ts'
import type { QuotaDimension } from '../quota/quota-dimension.ts'
import type { Circuit } from './circuit.ts'
import type { Circuits } from './circuits.ts'
import type { Waiter } from './waiter.ts'

/** What a snapshot is taken of. */
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

export function takeSnapshot(source: SnapshotSource): AdmissionSnapshot {
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
