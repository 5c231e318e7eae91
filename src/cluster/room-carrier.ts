import type { Failure, Usage } from '../call/outcome.ts'
import type { GateHeaders, Lease } from '../policy/gate.ts'
import type { Room } from './room.ts'
import type { Carrier, SharedCall } from './shared-call.ts'
import { WaitingAsks } from './waiting-asks.ts'

/** Calls go through a room in this process, and can be taken out of it again. */
export class RoomCarrier implements Carrier {
  readonly #room: Room
  readonly #waiting = new WaitingAsks<SharedCall, Lease | Failure>({
    answered: (call, answer) => this.#answered(call, answer),
    unwanted: (answer) => isLease(answer) && answer.settle(null),
  })

  constructor(room: Room) {
    this.#room = room
  }

  ask(call: SharedCall): void {
    this.#waiting.ask(call, (signal) => this.#room.admit(call.ask, signal))
  }

  /** A call that somebody else has let go. */
  adopt(call: SharedCall): void {
    call.lease = this.#room.adopt(call.ask)
  }

  leave(call: SharedCall): void {
    this.#waiting.leave(call)
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

  #answered(call: SharedCall, answer: Lease | Failure): void {
    if (!isLease(answer)) return call.refuse(answer)
    call.lease = answer
    call.go()
  }
}

function isLease(answer: Lease | Failure): answer is Lease {
  return 'settle' in answer
}
