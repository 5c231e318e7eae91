import type { Failure } from '../call/outcome.ts'
import type { ChargeRule } from './cost/charge-rule.ts'
import type { DimensionName } from './quota/dimension-name.ts'
import type { LimitSource } from './quota/quota-dimension.ts'

/**
 * What another room in front of the same account has to know to go on where this one is. Plain JSON, a few hundred bytes.
 * It says nothing about calls: those under way are adopted one by one, and those that wait ask again.
 */
export interface Handover {
  readonly rule: ChargeRule
  /** The refusals that keep a circuit open; null where it is closed. */
  readonly quota: Failure | null
  readonly key: Failure | null
  readonly domains: readonly DomainHandover[]
}

export interface DomainHandover {
  readonly longContext: boolean
  readonly flex: boolean
  readonly limits: readonly LimitHandover[]
  /** Milliseconds for which nothing is to be sent, and why. */
  readonly pauseMs: number
  readonly reason: string | null
  /** Requests per minute found out of a host that tells no limits; null where none were. */
  readonly discovered: number | null
  /** Requests that may be in flight; null where nothing but the limits holds them back. */
  readonly concurrent: number | null
}

export interface LimitHandover {
  readonly name: DimensionName
  readonly limit: number
  readonly source: LimitSource
  readonly windowMs: number
  /** What the host has left, as believed; null where it never told. */
  readonly level: number | null
}
