import type { Failure } from '../call/outcome.ts'
import type { AdmissionSnapshot } from '../policy/admission-snapshot.ts'
import type { Ask, Gate, Lease } from '../policy/gate.ts'

/** Where calls ask to be let go, whoever decides. */
export interface Entrance extends Gate {
  snapshot(): AdmissionSnapshot
  /** Tries the account now where it is held back. True when it was. */
  resume(): boolean
  close(failure: Failure): void
}

/** The waiting room in front of one limit group of one account, as it can be shared. */
export interface Room extends Entrance {
  /** A call under way that another room has let go. */
  adopt(ask: Ask): Lease
  /** What a room has to know to take this one's place: JSON. */
  handover(): unknown
  takeOver(told: unknown): void
}
