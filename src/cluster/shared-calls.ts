import type { Failure } from '../call/outcome.ts'
import type { AdmissionSignal, Ask, Lease } from '../policy/gate.ts'
import { callerLeft } from './caller-left.ts'
import type { RoomCarrier } from './room-carrier.ts'
import { SharedCall, type Carrier } from './shared-call.ts'
import { toWire, type DeclaredCall } from './wire.ts'

/** The calls of this process that go through a room of which nobody knows how long it will be there. */
export class SharedCalls {
  readonly #calls = new Map<number, SharedCall>()
  readonly #now: () => number
  #carrier: Carrier | null = null
  #number = 0

  /** `now`: monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get(id: number): SharedCall | undefined {
    return this.#calls.get(id)
  }

  admit(ask: Ask, signal: AdmissionSignal): Promise<Lease | Failure> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(callerLeft)
      const over = (ended: SharedCall): void => void this.#calls.delete(ended.id)
      const call = new SharedCall(this.#number++, ask, signal, resolve, over)
      this.#calls.set(call.id, call)
      const leave = (): void => {
        call.carrier?.leave(call)
        call.refuse(callerLeft)
      }
      signal.onAbort = leave
      call.carrier = this.#carrier
      this.#carrier?.ask(call)
    })
  }

  /** Calls under way, as a room that has to count them needs to hear of them. */
  declared(): DeclaredCall[] {
    const now = this.#now()
    const underWay = [...this.#calls.values()].filter(({ granted }) => granted)
    return underWay.map(({ id, ask }) => ({ id, ask: toWire(ask, now) }))
  }

  /** The room is gone, or not to be trusted: calls under way go on, the others wait until there is another. */
  detach(): void {
    const left = this.#carrier
    this.#carrier = null
    for (const call of this.#calls.values()) {
      if (!call.granted) left?.leave(call)
      call.carrier = null
      call.lease = null
    }
  }

  /** From now on calls go this way, and those that wait ask again, in their order. */
  attach(carrier: Carrier): void {
    this.#carrier = carrier
    // A copy: whoever is answered at once is taken out.
    for (const call of Array.from(this.#calls.values())) {
      call.carrier = carrier
      if (!call.granted) carrier.ask(call)
    }
  }

  /** Calls under way go on in a room of this process. */
  adoptInto(room: RoomCarrier): void {
    for (const call of this.#calls.values()) {
      if (!call.granted) continue
      room.adopt(call)
      call.carrier = room
    }
  }

  refuseWaiting(failure: Failure): void {
    for (const call of Array.from(this.#calls.values())) if (!call.granted) call.refuse(failure)
  }
}
