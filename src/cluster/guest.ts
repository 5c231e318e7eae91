import type { Failure } from '../call/outcome.ts'
import type { AskingServer, Lease } from '../policy/gate.ts'
import type { BudgetCustomer } from './budget/budget-customer.ts'
import type { BudgetDesk } from './budget/budget-desk.ts'
import type { Link } from './link.ts'
import type { Room } from './room.ts'
import { WaitingAsks } from './waiting-asks.ts'
import { fromWire, type GuestMessage, type Hello, type HostMessage, type Peer } from './wire.ts'

/** Another process as the one with the room sees it: its calls that wait and those under way. */
export class Guest {
  readonly peer: Peer
  readonly #server: AskingServer
  readonly #link: Link<HostMessage, GuestMessage>
  readonly #room: Room
  readonly #now: () => number
  readonly #waiting = new WaitingAsks<number, Lease | Failure>({
    answered: (id, answer) => this.#answered(id, answer),
    unwanted: (answer) => 'settle' in answer && answer.settle(null),
  })
  readonly #leases = new Map<number, Lease>()
  readonly #customer: BudgetCustomer | null
  /** What it said while the room was not open yet. */
  #early: GuestMessage[] | null

  /** `open`: the room lets calls go already. */
  constructor(
    hello: Hello,
    link: Link<HostMessage, GuestMessage>,
    room: Room,
    now: () => number,
    open: boolean,
    desk: BudgetDesk | null,
  ) {
    this.peer = hello.peer
    this.#server = hello.server
    this.#link = link
    this.#room = room
    this.#now = now
    this.#early = open ? null : []
    this.#customer = desk && hello.budget ? desk.open(hello.budget, (message) => link.send(message)) : null
    for (const { id, ask } of hello.calls)
      this.#leases.set(id, room.adopt(fromWire(ask, now(), hello.server)))
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get inFlight(): number {
    return this.#leases.size
  }

  open(): void {
    const early = this.#early ?? []
    this.#early = null
    for (const message of early) this.hear(message)
  }

  hear(message: GuestMessage): void {
    if (this.#early && (message.kind === 'ask' || message.kind === 'reserve')) {
      this.#early.push(message)
      return
    }
    switch (message.kind) {
      case 'ask':
        return this.#ask(message)
      case 'leave':
        return this.#leave(message.id)
      case 'head':
        return this.#leases.get(message.id)?.learn(message.status, message.headers)
      case 'refused':
        return this.#leases.get(message.id)?.rejected(message.failure)
      case 'settle': {
        const lease = this.#leases.get(message.id)
        this.#leases.delete(message.id)
        return lease?.settle(message.used)
      }
      case 'resume':
        this.#room.resume()
        return
      case 'hello':
        return
      default:
        this.#customer?.hear(message)
    }
  }

  /** It is gone, or nobody hears of it any more: what it has sent was charged, what waited is not sent. */
  gone(): void {
    this.#early = null
    this.#customer?.gone()
    this.#waiting.leaveAll()
    for (const lease of this.#leases.values()) lease.settle('estimate')
    this.#leases.clear()
  }

  send(message: HostMessage): void {
    this.#link.send(message)
  }

  end(): void {
    this.#link.end()
  }

  #ask({ id, ask }: Extract<GuestMessage, { kind: 'ask' }>): void {
    const asked = fromWire(ask, this.#now(), this.#server)
    this.#waiting.ask(id, (signal) => this.#room.admit(asked, signal))
  }

  #answered(id: number, answer: Lease | Failure): void {
    if (!('settle' in answer)) return this.#link.send({ kind: 'no', id, failure: answer })
    this.#leases.set(id, answer)
    this.#link.send({ kind: 'go', id })
  }

  #leave(id: number): void {
    this.#early = this.#early?.filter((one) => one.kind !== 'ask' || one.id !== id) ?? null
    this.#waiting.leave(id)
    // Let go already, and not sent: as if it had never been.
    const lease = this.#leases.get(id)
    this.#leases.delete(id)
    lease?.settle(null)
  }
}
