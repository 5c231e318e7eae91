import type { Limits, Scenario } from '../../scenarios/schema.ts'

/** A stretch of time in which nothing changes for one domain. It lasts until the next segment begins. */
export interface Segment {
  /** Milliseconds of the twin's clock since its start. */
  readonly from: number
  readonly limits: Limits
  /** Shares of the limits that another user spends. */
  readonly foreignTokens: number
  readonly foreignRequests: number
  readonly foreignProjectTokens: number
  /** False while every request of the organisation is refused, whatever its quota. */
  readonly open: boolean
}

/** Real milliseconds per millisecond of quota time. */
export function timeScale(scenario: Scenario): number {
  return scenario.minute_seconds / 60
}

/**
 * Everything the scenario does to a domain's quota, known beforehand: limits that change, foreign traffic,
 * outages. At least one segment, the first from 0.
 */
export function timeline(scenario: Scenario, aliases: readonly string[], limits: Limits): Segment[] {
  const concerns = (groups: readonly string[] | undefined): boolean =>
    groups === undefined || groups.some((name) => aliases.includes(name))
  const changes = scenario.changes.filter((change) => concerns(change.groups)).sort((a, b) => a.at - b.at)
  const foreign = scenario.foreign.filter((traffic) => concerns(traffic.groups))
  const closures = [
    ...scenario.quota_outages.filter((outage) => outage.projects === undefined),
    ...scenario.overloaded.filter((overload) => overload.probability === 1),
  ]

  const times = new Set([0])
  for (const change of changes) times.add(change.at)
  for (const { from, to } of [...foreign, ...closures]) {
    times.add(from)
    if (to !== undefined) times.add(to)
  }

  const scale = timeScale(scenario)
  return [...times]
    .sort((a, b) => a - b)
    .map((at) => {
      const present = foreign.filter((traffic) => during(traffic, at))
      return {
        from: at * scale,
        limits: limitsAt(limits, changes, at),
        foreignTokens: total(present.map((traffic) => traffic.tokens)),
        foreignRequests: total(present.map((traffic) => traffic.requests)),
        foreignProjectTokens: total(present.map((traffic) => (traffic.same_project ? traffic.tokens : 0))),
        open: !closures.some((closure) => during(closure, at)),
      }
    })
}

function total(shares: readonly number[]): number {
  return Math.min(
    1,
    shares.reduce((sum, share) => sum + share, 0),
  )
}

/** Whether a period of the scenario holds a moment, both in milliseconds of quota time. */
export function during(period: { readonly from: number; readonly to?: number }, at: number): boolean {
  return at >= period.from && at < (period.to ?? Infinity)
}

function limitsAt(initial: Limits, changes: Scenario['changes'], at: number): Limits {
  let limits: Record<string, number | undefined> = { ...initial }
  for (const change of changes) {
    if (change.at > at) break
    if (change.multiply !== undefined) limits = multiplied(initial, change.multiply)
    for (const [dimension, limit] of Object.entries(change.limits ?? {})) {
      if (limits[dimension] !== undefined && limit !== undefined) limits[dimension] = limit
    }
  }
  return limits
}

function multiplied(limits: Limits, factor: number): Record<string, number | undefined> {
  return Object.fromEntries(
    Object.entries(limits).map(([dimension, limit]) => [
      dimension,
      limit && Math.max(1, Math.round(limit * factor)),
    ]),
  )
}
