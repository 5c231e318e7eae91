import type { Failure, Usage } from '../call/outcome.ts'
import type { GateHeaders } from '../policy/gate.ts'
import type { Carrier, SharedCall } from './shared-call.ts'
import { limitHeaders, toWire, type GuestMessage } from './wire.ts'

/** Calls go through the room of another process. */
export class LinkCarrier implements Carrier {
  readonly #send: (message: GuestMessage) => void
  readonly #now: () => number

  constructor(send: (message: GuestMessage) => void, now: () => number) {
    this.#send = send
    this.#now = now
  }

  ask({ id, ask }: SharedCall): void {
    this.#send({ kind: 'ask', id, ask: toWire(ask, this.#now()) })
  }

  leave({ id }: SharedCall): void {
    this.#send({ kind: 'leave', id })
  }

  learn({ id }: SharedCall, status: number, headers: GateHeaders): void {
    this.#send({ kind: 'head', id, status, headers: limitHeaders(headers) })
  }

  rejected({ id }: SharedCall, failure: Failure): void {
    this.#send({ kind: 'refused', id, failure })
  }

  settle({ id }: SharedCall, used: Usage | null | 'estimate'): void {
    this.#send({ kind: 'settle', id, used })
  }
}
