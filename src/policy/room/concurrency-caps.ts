import { ConcurrencyCap } from '../domain/concurrency-cap.ts'
import type { AskingServer } from '../gate.ts'

/** The cap of the room's own server, and those of servers that it serves beside it. */
export class ConcurrencyCaps {
  readonly own: ConcurrencyCap
  readonly #server: string | undefined
  readonly #others = new Map<string, ConcurrencyCap>()

  constructor(server: string | undefined, most: number | null | undefined) {
    this.#server = server
    this.own = new ConcurrencyCap(most ?? Infinity)
  }

  /** Nobody can go. Alone, a full cap settles it without a look at anybody. */
  get full(): boolean {
    return this.own.full && this.#others.size === 0
  }

  of(server: AskingServer | undefined): ConcurrencyCap {
    if (!server || server.name === this.#server) return this.own
    let cap = this.#others.get(server.name)
    if (!cap) this.#others.set(server.name, (cap = new ConcurrencyCap(server.mostInFlight ?? Infinity)))
    return cap
  }
}
