import type { FailureReason } from '../../call/outcome.ts'
import type { DimensionName } from './dimension-name.ts'
import type { RateLimitSample } from './rate-limit-headers.ts'
import type { RateLimitFigures } from './rate-limit-message.ts'

/** A rate-limit refusal: its own headers, the figures of its message, and what it was classified as. */
export interface Refusal {
  readonly sample: RateLimitSample
  readonly figures: RateLimitFigures | null
  readonly retryAfterMs: number | null
  readonly reason: FailureReason
}

/** What it turned out to mean. */
export interface RefusalVerdict {
  /** `quantum`: there was room in the minute, but not in the second. `level`: the minute was used up. `unknown`: no figures. */
  readonly cause: 'quantum' | 'level' | 'unknown'
  /** Nothing is to be sent for so long. */
  readonly pauseMs: number
}

/** What the refusal itself says was left of a limit; null when it says nothing. */
export function remainingIn({ sample, figures }: Refusal, name: DimensionName): number | null {
  if (figures?.dimension === name && figures.used !== null) return Math.max(0, figures.limit - figures.used)
  return name === 'tokensDay' ? null : (sample[name]?.remaining ?? null)
}

/** `retry-after` in whole seconds is the exact wait of the message, rounded up: then the exact one is as good. */
export function waitOf({ retryAfterMs, figures }: Refusal): number | null {
  const printed = figures?.waitMs ?? null
  if (retryAfterMs === null || printed === null) return retryAfterMs ?? printed
  return printed <= retryAfterMs && retryAfterMs - printed <= 1000 ? printed : retryAfterMs
}
