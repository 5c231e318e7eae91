import type { Limits, Scenario } from '../scenarios/schema.ts'
import { Bucket } from './meters/bucket.ts'
import { FixedWindow } from './meters/fixed-window.ts'
import type { Meter } from './meters/meter.ts'
import { SlidingWindow } from './meters/sliding-window.ts'
import type { Segment } from './rules/timeline.ts'

/** What a limit counts and how OpenAI names it, in the order in which the limits are looked at. */
export const limitKinds = {
  rpm: { unit: 'requests', metric: 'requests per min (RPM)', perDay: false },
  rpd: { unit: 'requests', metric: 'requests per day (RPD)', perDay: true },
  tpm: { unit: 'tokens', metric: 'tokens per min (TPM)', perDay: false },
  tpd: { unit: 'tokens', metric: 'tokens per day (TPD)', perDay: true },
  project_tpm: { unit: 'tokens', metric: 'tokens per min (TPM)', perDay: false },
} as const satisfies Record<keyof Limits, { unit: 'requests' | 'tokens'; metric: string; perDay: boolean }>

export type LimitName = keyof typeof limitKinds

/** One limit of a domain or of a project in it, with its meter and its sums. */
export interface Dimension {
  readonly name: LimitName
  readonly unit: 'requests' | 'tokens'
  /** As OpenAI prints it: `tokens per min (TPM)`. */
  readonly metric: string
  /** The project it belongs to; null for the organisation's. */
  readonly project: string | null
  readonly meter: Meter
  /** The scenario's limit times this is the meter's: 1, or the quantum's share of a minute. */
  readonly factor: number
  /** Real milliseconds. */
  readonly windowMs: number
  /** For a quantum: the limit per minute that it cuts up, whose figures are shown. */
  readonly of: Dimension | null
  admitted: number
  wasted: number
  refunded: number
}

/** The meters of some limits as they are in a segment. */
export function dimensions(
  scenario: Scenario,
  names: readonly LimitName[],
  segment: Segment,
  project: string | null,
  now: number,
): Dimension[] {
  const minuteMs = scenario.minute_seconds * 1000
  const make = (name: LimitName, factor: number, windowMs: number, of: Dimension | null): Dimension => {
    const limit = segment.limits[name]! * factor
    const meter =
      scenario.window === 'bucket' || of
        ? new Bucket(limit, windowMs, now, limit * scenario.initial_use)
        : new { fixed: FixedWindow, sliding: SlidingWindow }[scenario.window](limit, windowMs, now)
    const { unit, metric } = limitKinds[name]
    return { name, unit, metric, project, meter, factor, windowMs, of, admitted: 0, wasted: 0, refunded: 0 }
  }
  const whole = names
    .filter((name) => segment.limits[name] !== undefined)
    .map((name) => make(name, 1, minuteMs * (limitKinds[name].perDay ? 1440 : 1), null))
  const { quantum } = scenario
  const cut = quantum === undefined ? [] : whole.filter(({ name }) => name === 'rpm' || name === 'tpm')
  const quanta = cut.map((of) => make(of.name, quantum! / 60_000, (quantum! / 60_000) * minuteMs, of))
  const all = [...whole, ...quanta]
  for (const dimension of all) enterSegment(dimension, segment)
  return all
}

/** Brings a dimension's meter to what holds from now on; the meter has been advanced to that moment. */
export function enterSegment(dimension: Dimension, segment: Segment): void {
  dimension.meter.change(segment.limits[dimension.name]! * dimension.factor, foreignShare(dimension, segment))
}

/** The share of a limit that another user spends in a segment. */
export function foreignShare(dimension: Dimension, segment: Segment): number {
  if (dimension.project !== null) return segment.foreignProjectTokens
  return dimension.unit === 'tokens' ? segment.foreignTokens : segment.foreignRequests
}
