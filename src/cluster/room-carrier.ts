import type { Failure, Usage } from '../call/outcome.ts'
import type { AdmissionSignal, GateHeaders, Lease } from '../policy/gate.ts'
import type { Room } from './room.ts'
import type { Carrier, SharedCall } from './shared-call.ts'

/** Calls go through a room in this process, and can be taken out of it again. */
export class RoomCarrier implements Carrier {
  readonly #room: Room
  readonly #signals = new Map<SharedCall, AdmissionSignal>()

  constructor(room: Room) {
    this.#room = room
  }

  ask(call: SharedCall): void {
    const signal: AdmissionSignal = { aborted: false, onAbort: null }
    const answer = this.#room.admit(call.ask, signal)
    if (!(answer instanceof Promise)) return this.#answered(call, answer)
    this.#signals.set(call, signal)
    void answer.then((given) => this.#answeredLater(call, given))
  }

  /** A call that somebody else has let go. */
  adopt(call: SharedCall): void {
    call.lease = this.#room.adopt(call.ask)
  }

  leave(call: SharedCall): void {
    const signal = this.#signals.get(call)
    this.#signals.delete(call)
    signal?.onAbort?.()
  }

  learn({ lease }: SharedCall, status: number, headers: GateHeaders): void {
    lease?.learn(status, headers)
  }

  rejected({ lease }: SharedCall, failure: Failure): void {
    lease?.rejected(failure)
  }

  settle({ lease }: SharedCall, used: Usage | null | 'estimate'): void {
    lease?.settle(used)
  }

  #answeredLater(call: SharedCall, answer: Lease | Failure): void {
    if (this.#signals.delete(call)) this.#answered(call, answer)
    // It has left in the moment in which it was let go.
    else if (isLease(answer)) answer.settle(null)
  }

  #answered(call: SharedCall, answer: Lease | Failure): void {
    if (!isLease(answer)) return call.refuse(answer)
    call.lease = answer
    call.go()
  }
}

function isLease(answer: Lease | Failure): answer is Lease {
  return 'settle' in answer
}
