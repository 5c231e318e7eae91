import { limitLabel } from '../quota/dimension-name.ts'
import type { DomainQuota } from '../quota/domain-quota.ts'
import type { Outflow } from '../quota/foreign-use.ts'

/** Parts of two limits that differ by less are the same. */
const ALIKE = 0.03

/** What somebody else spends: what flows out beside what we send, where our own estimates are right (`calibrated`). */
export function outflowOf(quota: DomainQuota, calibrated: boolean): Outflow {
  let most: Outflow = { fraction: 0, label: '' }
  for (const name of ['tokens', 'projectTokens', 'requests'] as const) {
    if (name !== 'requests' && !calibrated) continue
    const { rate, server, windowMs } = quota.dimension(name)
    const fraction = rate > 0 ? server.drift / rate : 0
    // Of two that say the same, the tokens: whoever spends them sends the requests as well.
    if (fraction > most.fraction + ALIKE) most = { fraction, label: limitLabel(name, windowMs) }
  }
  return most
}
