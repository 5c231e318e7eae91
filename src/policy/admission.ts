import type { Failure } from '../call/outcome.ts'
import type { AdmissionOptions } from './admission-options.ts'
import type { AdmissionSnapshot } from './admission-snapshot.ts'
import type { Ask, Gate, Lease } from './gate.ts'
import type { Handover } from './handover.ts'
import { WaitingRoom } from './room/waiting-room.ts'

export type { AdmissionChange, AdmissionOptions } from './admission-options.ts'
export type { AdmissionSnapshot } from './admission-snapshot.ts'

export interface Admission extends Gate {
  /** Everything `/status` and `/metrics` show about the waiting room; plain numbers and strings. */
  snapshot(): AdmissionSnapshot
  /** Probes now where a circuit is open. True when one was. */
  resume(): boolean
  /** A call that another room has let go and that is under way: it counts as in flight, and is not charged again. */
  adopt(ask: Ask): Lease
  /** What another room has to know to take this one's place. */
  handover(): Handover
  /** Goes on where another room was, as far as this one does not know better. After `adopt`. */
  takeOver(told: Handover): void
  /** Answers every waiter with `failure` and refuses newcomers with it. */
  close(failure: Failure): void
}

/** The gate in front of one limit group of one credential. */
export function createAdmission(options: AdmissionOptions): Admission {
  return new WaitingRoom(options)
}
