import type { RequestSize } from '../cost/charge-rule.ts'
import type { ChargeEstimate } from '../cost/estimate.ts'

/** The limit that a charge is above, what it counts, and whether the request itself states so much. */
export interface Exceeded {
  readonly limit: number
  readonly label: string
  readonly stated: boolean
}

/** A charge above the limit by this factor is refused unsent: first, and once the estimate has proved itself. */
const DOUBT = 1.5
const LITTLE_DOUBT = 1.2

/** The limit this charge can never meet, if we are sure of the charge. `tightest`: of the limits for tokens, if any is told. */
export function exceededLimit(
  tightest: { readonly limit: number; readonly label: string } | null,
  estimate: ChargeEstimate,
  size: RequestSize,
  tokens: number,
): Exceeded | null {
  if (!tightest || tokens <= tightest.limit) return null
  const { limit, label } = tightest
  const { rule, scale } = estimate.rule
  const stated = rule !== 'input' && scale >= 1 && (size.maxOutput ?? 0) * size.choices > limit
  const doubt = estimate.calibrated ? LITTLE_DOUBT : DOUBT
  return stated || tokens > doubt * limit ? { limit, label, stated } : null
}
