import { foreignShare, type Dimension } from '../dimension.ts'
import type { Amount, Domain } from '../domain.ts'
import type { Cause } from '../answers/rejection.ts'
import type { Scenario } from '../../scenarios/schema.ts'
import { bucketCapacity, refillPerBin, windowCapacity, type Capacity, type Supply } from './capacity.ts'
import type { Series } from './time-series.ts'

/** What the twin let through, refused and had to give, from its start (or last reset) to one moment. */
export interface Accounting {
  readonly scenario: string
  /** Real milliseconds since the start, and those that a minute of quota lasts. */
  readonly elapsedMs: number
  readonly minuteMs: number
  readonly inFlight: number
  readonly domains: readonly DomainAccount[]
}

export interface DomainAccount {
  readonly organization: string
  readonly group: string
  readonly longContext: boolean
  readonly admitted: Readonly<Amount>
  /** Refused attempts and the tokens they would have been charged. */
  readonly refused: Readonly<Amount>
  readonly refusals: Readonly<Partial<Record<Cause, number>>>
  /** The quota that refused attempts burnt all the same; the largest of the domain's limits of each unit. */
  readonly wasted: Readonly<Amount>
  readonly limits: readonly LimitAccount[]
  /** The largest utilisation of its limits: that of the limit which governs. */
  readonly utilisation: number
  /** With the refill of the governing limits per bin, to draw what was sent against what there was. */
  readonly series: Series & {
    readonly availableRequests: readonly number[]
    readonly availableTokens: readonly number[]
  }
}

/** All amounts in the limit's unit. Differences of two accounts give the figures of a stretch of time. */
export interface LimitAccount {
  readonly name: Dimension['name']
  readonly unit: Dimension['unit']
  readonly project: string | null
  /** True for the additional bucket of a quantum; its limit is per quantum. */
  readonly quantum: boolean
  readonly limit: number
  readonly windowMs: number
  readonly admitted: number
  readonly wasted: number
  readonly refunded: number
  /** The most that could have been charged until now; see `Capacity`. */
  readonly available: number
  readonly initial: number
  readonly foreign: number
  /** (admitted − refunded) / available. */
  readonly utilisation: number
}

export function domainAccount(domain: Domain, scenario: Scenario, elapsedMs: number): DomainAccount {
  const all = domain.allDimensions()
  const limits = all.map((dimension) => limitAccount(dimension, domain, scenario, elapsedMs))
  const series = domain.series.read(elapsedMs)
  const wasted = (unit: Dimension['unit']): number =>
    Math.max(0, ...all.filter((dimension) => dimension.unit === unit).map((dimension) => dimension.wasted))
  const refill = (unit: Dimension['unit']): number[] => {
    const ofUnit = all.filter((dimension) => dimension.unit === unit && dimension.project === null)
    const each = ofUnit.map((dimension) =>
      refillPerBin(supplies(dimension, domain), dimension.windowMs, series.binMs, series.sentTokens.length),
    )
    return series.sentTokens.map((_, bin) => Math.min(...each.map((bins) => bins[bin]!)))
  }
  return {
    organization: domain.key.organization,
    group: domain.key.group,
    longContext: domain.key.longContext,
    admitted: { ...domain.admitted },
    refused: { ...domain.refused },
    refusals: { ...domain.refusals },
    wasted: { requests: wasted('requests'), tokens: wasted('tokens') },
    limits,
    utilisation: Math.max(0, ...limits.map((limit) => limit.utilisation)),
    series: { ...series, availableRequests: refill('requests'), availableTokens: refill('tokens') },
  }
}

function limitAccount(
  dimension: Dimension,
  domain: Domain,
  scenario: Scenario,
  elapsedMs: number,
): LimitAccount {
  const { name, unit, project, meter, windowMs, admitted, wasted, refunded } = dimension
  const capacity = capacityOf(dimension, domain, scenario, elapsedMs)
  return {
    name,
    unit,
    project,
    quantum: dimension.of !== null,
    limit: meter.limit,
    windowMs,
    admitted,
    wasted,
    refunded,
    ...capacity,
    utilisation: capacity.available > 0 ? (admitted - refunded) / capacity.available : 0,
  }
}

function capacityOf(dimension: Dimension, domain: Domain, scenario: Scenario, elapsedMs: number): Capacity {
  const supply = supplies(dimension, domain)
  return scenario.window === 'bucket' || dimension.of
    ? bucketCapacity(supply, dimension.windowMs, scenario.initial_use, elapsedMs)
    : windowCapacity(supply, dimension.windowMs, elapsedMs)
}

function supplies(dimension: Dimension, domain: Domain): Supply[] {
  return domain.segments.map((segment) => ({
    from: segment.from,
    limit: segment.limits[dimension.name]! * dimension.factor,
    foreignShare: foreignShare(dimension, segment),
    open: segment.open,
  }))
}
