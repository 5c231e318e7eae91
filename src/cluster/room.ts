import type { Failure } from '../call/outcome.ts'
import type { AdmissionSnapshot } from '../policy/admission-snapshot.ts'
import type { Ask, Gate, Lease } from '../policy/gate.ts'

/** The waiting room as it is shared: what stands in front of one limit group of one account. */
export interface Room extends Gate {
  snapshot(): AdmissionSnapshot
  /** Tries the account now where it is held back. True when it was. */
  resume(): boolean
  close(failure: Failure): void
  /** A call under way that another room has let go. */
  adopt(ask: Ask): Lease
  /** What a room has to know to take this one's place: JSON. */
  handover(): unknown
  takeOver(told: unknown): void
}
