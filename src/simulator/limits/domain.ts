import type { Limits, Scenario } from '../scenarios/schema.ts'
import { TimeSeries } from './accounting/time-series.ts'
import { dimensions, enterSegment, type Dimension } from './dimension.ts'
import type { Lane } from './lane.ts'
import { Ramp } from './rules/ramp.ts'
import type { Cause } from './answers/rejection.ts'
import { timeline, timeScale, type Segment } from './rules/timeline.ts'

/** The quota of one organisation for one model group, in the ordinary or the long context class. */
export interface DomainKey {
  readonly organization: string
  readonly group: string
  readonly aliases: readonly string[]
  readonly longContext: boolean
  readonly limits: Limits
}

/** Requests and tokens. */
export interface Amount {
  requests: number
  tokens: number
}

/** Holds the meters of a domain, moves them through the scenario's timeline, and sums up what happened. */
export class Domain {
  readonly key: DomainKey
  readonly segments: readonly Segment[]
  readonly series: TimeSeries
  readonly ramp: Ramp | null
  readonly admitted: Amount = { requests: 0, tokens: 0 }
  readonly refused: Amount = { requests: 0, tokens: 0 }
  readonly refusals: Partial<Record<Cause, number>> = {}
  /** The organisation's limits; the projects' own follow in their lanes. */
  readonly #shared: readonly Dimension[]
  readonly lanes = new Map<string, Lane>()
  readonly #scenario: Scenario
  readonly #start: number
  #segment = 0

  constructor(key: DomainKey, scenario: Scenario, start: number) {
    this.key = key
    this.#scenario = scenario
    this.#start = start
    this.segments = timeline(scenario, key.aliases, key.limits)
    this.#shared = dimensions(scenario, ['rpm', 'rpd', 'tpm', 'tpd'], this.segments[0]!, null, start)
    const minuteMs = scenario.minute_seconds * 1000
    this.series = new TimeSeries(minuteMs / 60)
    const ramp = scenario.slow_down
    this.ramp = ramp
      ? new Ramp(
          { above: ramp.above_tpm, growth: ramp.growth, everyMs: ramp.every * timeScale(scenario), minuteMs },
          start,
        )
      : null
  }

  lane(project: string): Lane {
    const known = this.lanes.get(project)
    if (known) return known
    const own = dimensions(
      this.#scenario,
      ['project_tpm'],
      this.segments[this.#segment]!,
      project,
      this.#start,
    )
    const all = [...this.#shared, ...own]
    const whole = all.filter((dimension) => !dimension.of)
    const lane = { domain: this, dimensions: [...whole, ...all.filter((dimension) => dimension.of)] }
    this.lanes.set(project, lane)
    return lane
  }

  /** All limits, each once. */
  allDimensions(): Dimension[] {
    const own = [...this.lanes.values()].flatMap((lane) =>
      lane.dimensions.filter(({ project }) => project !== null),
    )
    return [...this.#shared, ...own]
  }

  /** The segment of the last advance. */
  segment(): Segment {
    return this.segments[this.#segment]!
  }

  /** Moves the domain to a moment, through every change of the scenario on the way. */
  advance(now: number): void {
    for (;;) {
      const next = this.segments[this.#segment + 1]
      if (!next || this.#start + next.from > now) return
      this.#segment++
      for (const dimension of this.allDimensions()) {
        dimension.meter.advance(this.#start + next.from)
        enterSegment(dimension, next)
      }
    }
  }
}
