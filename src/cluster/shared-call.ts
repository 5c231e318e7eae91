import type { Failure, Usage } from '../call/outcome.ts'
import type { AdmissionSignal, Ask, GateHeaders, Lease } from '../policy/gate.ts'

/** Where calls ask to be let go: a room in this process, or a link to the process that has it. */
export interface Carrier {
  ask(call: SharedCall): void
  /** The call wants nothing any more: it is out of its queue, or was never sent. */
  leave(call: SharedCall): void
  learn(call: SharedCall, status: number, headers: GateHeaders): void
  rejected(call: SharedCall, failure: Failure): void
  settle(call: SharedCall, used: Usage | null | 'estimate'): void
}

/**
 * A call that need not stay with the room it asked: while it waits it can ask another, and while it is under way another can
 * adopt it. It is the lease of its own attempt.
 */
export class SharedCall implements Lease {
  readonly id: number
  readonly ask: Ask
  readonly signal: AdmissionSignal
  /** Null while the process whose room it was is gone. */
  carrier: Carrier | null = null
  /** In a room of this process. */
  lease: Lease | null = null
  granted = false
  readonly #resolve: (answer: Lease | Failure) => void
  readonly #over: (call: SharedCall) => void

  constructor(
    id: number,
    ask: Ask,
    signal: AdmissionSignal,
    resolve: (answer: Lease | Failure) => void,
    over: (call: SharedCall) => void,
  ) {
    this.id = id
    this.ask = ask
    this.signal = signal
    this.#resolve = resolve
    this.#over = over
  }

  /** It may be sent. */
  go(): void {
    if (this.granted) return
    this.granted = true
    this.signal.onAbort = null
    this.#resolve(this)
  }

  refuse(failure: Failure): void {
    this.signal.onAbort = null
    this.#over(this)
    this.#resolve(failure)
  }

  learn(status: number, headers: GateHeaders): void {
    this.carrier?.learn(this, status, headers)
  }

  rejected(failure: Failure): void {
    this.carrier?.rejected(this, failure)
  }

  settle(used: Usage | null | 'estimate'): void {
    this.#over(this)
    this.carrier?.settle(this, used)
    this.carrier = null
  }
}
