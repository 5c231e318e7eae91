import type { Clock } from '../lib/clock.ts'
import type { ConfiguredLimits } from './quota/domain-quota.ts'
import type { ProbeTimes } from './room/circuits.ts'

export type ChangeKind =
  | 'quota_circuit'
  | 'key_circuit'
  | 'limit'
  | 'slow_down'
  | 'overloaded'
  | 'paused'
  | 'foreign_use'
  | 'discovery'

/** A change of state worth one line in the log; `kind` names it for machines. */
export interface AdmissionChange {
  readonly kind: ChangeKind
  /** The new state of a circuit; null for other kinds. */
  readonly state: 'closed' | 'open' | 'half_open' | null
  /** The domain it is about; null when it is about all. */
  readonly domain: string | null
  /** One sentence for people. */
  readonly message: string
}

export interface AdmissionOptions {
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** The model or family whose limits are shared; shown in `/status`. */
  readonly group?: string
  /** Name of the room's own server, where other servers' calls come to it too. */
  readonly server?: string
  readonly limits?: ConfiguredLimits
  /** `max_concurrent_requests`; null or absent for no cap. */
  readonly maxConcurrent?: number | null
  /** What becomes of calls while the account is empty; `park` by default. */
  readonly onQuota?: 'park' | 'fail'
  /** When an empty account is tried again. */
  readonly probes?: ProbeTimes
  /** What becomes of calls while the key is rejected; `fail` by default. */
  readonly onKey?: 'park' | 'fail'
  /** Estimated input tokens above which a request draws on the model's long-context limits; null where it has none. */
  readonly longContextTokens?: number | null
  /** Called synchronously after every change; may not throw. */
  readonly onChange?: (change: AdmissionChange) => void
}
