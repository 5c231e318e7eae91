import type { ChargeRule } from './cost/charge-rule.ts'
import type { DimensionName } from './quota/dimension-name.ts'
import type { LimitSource } from './quota/quota-dimension.ts'

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
