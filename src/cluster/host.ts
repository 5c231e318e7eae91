import { chmodSync, unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { FailureReason } from '../call/outcome.ts'
import type { Clock } from '../lib/clock.ts'
import type { BudgetDesk } from './budget/budget-desk.ts'
import type { BudgetHello } from './budget/budget-wire.ts'
import { Guest } from './guest.ts'
import { Link } from './link.ts'
import type { Room } from './room.ts'
import { PROTOCOL_VERSION, type GuestMessage, type HostMessage, type Peer, type Settings } from './wire.ts'

export interface HostOptions {
  readonly room: Room
  readonly self: Peer
  /** Settings of the room, which count for everybody. */
  readonly settings: Settings
  readonly parks: readonly FailureReason[]
  /** The budget that a guest brings along, at this process; null where it keeps its own. */
  readonly deskFor: (budget: BudgetHello) => BudgetDesk | null
  readonly clock: Clock
  /** How often guests are told what they need to take over. */
  readonly tellMs: number
  /** Once for everyone who has come or gone. */
  readonly changed: (peer: Peer, came: boolean) => void
}

/** The view for people goes out with every fifth of these. */
const VIEW_EVERY = 5
/** For so long after a change of hosts, guests know more of the limits than a newcomer does. */
const MEMORY_MS = 5000
/** Whoever connects has to say who it is. */
const HELLO_MS = 5000

/** Serves the room of this process to the other processes that share its account. */
export class Host {
  readonly #options: HostOptions
  readonly #guests = new Set<Guest>()
  readonly #server: Server
  readonly #strangers = new Set<Socket>()
  #open = false
  #since = 0
  #told = 0
  #telling: NodeJS.Timeout | null = null
  /** Looks whether all have come who are waited for. */
  #gathered: (() => void) | null = null

  constructor(options: HostOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#welcome(socket))
    // One that could not be taken is tried again by who came.
    this.#server.on('error', () => {})
    // What it serves is worth nothing without the server that calls come to.
    this.#server.unref()
  }

  /** Where nobody else can be listening: only the holder of the lock comes here. Rejects with what the system says. */
  async listen(path: string): Promise<void> {
    try {
      unlinkSync(path)
    } catch {
      // There was none.
    }
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    chmodSync(path, 0o600)
    this.#since = this.#options.clock.now()
  }

  get guests(): readonly Guest[] {
    return [...this.#guests]
  }

  /** From now on guests are let go; until then only their calls under way are counted. */
  open(): void {
    this.#open = true
    for (const guest of this.#guests) guest.open()
  }

  /** Resolves when all of these processes have come, or after so many milliseconds. */
  gather(pids: readonly number[], atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(atMostMs, resolve)
      this.#gathered = () => {
        const here = new Set(this.guests.map(({ peer }) => peer.pid))
        if (!pids.every((pid) => here.has(pid))) return
        cancel()
        resolve()
      }
      this.#gathered()
    })
  }

  /** Leaves the room to whoever is next. Before the room itself is closed, so that nobody hears its end as an answer. */
  close(): void {
    if (this.#telling) clearInterval(this.#telling)
    this.#tell()
    this.#server.close()
    // All of them first: what one leaves behind here is not to be news for another.
    for (const guest of this.#guests) guest.end()
    for (const guest of this.#guests) guest.gone()
    this.#guests.clear()
    for (const socket of this.#strangers) socket.destroy()
  }

  #welcome(socket: Socket): void {
    const { room, self, settings, parks, clock, tellMs, deskFor } = this.#options
    const now = (): number => clock.now()
    let guest: Guest | null = null
    this.#strangers.add(socket)
    const impatience = clock.after(HELLO_MS, () => socket.destroy())
    socket.unref()
    const link = new Link<HostMessage, GuestMessage>(socket, {
      message: (message) => {
        if (guest) return guest.hear(message)
        impatience()
        this.#strangers.delete(socket)
        if (message.kind !== 'hello') return link.destroy()
        if (message.version !== PROTOCOL_VERSION) return link.destroy()
        const desk = message.budget ? deskFor(message.budget) : null
        guest = new Guest(message, link, room, now, this.#open, desk)
        // After its calls were adopted, for what is told of the limits has them in it; and never long after the change, when
        // it would bring back what has been.
        if (message.told && now() - this.#since < MEMORY_MS) room.takeOver(message.told)
        this.#guests.add(guest)
        this.#tell()
        this.#telling ??= setInterval(() => this.#tell(), tellMs).unref()
        this.#changed(guest.peer, true)
      },
      closed: () => {
        impatience()
        this.#strangers.delete(socket)
        if (!guest || !this.#guests.delete(guest)) return
        guest.gone()
        if (this.#guests.size === 0 && this.#telling) {
          clearInterval(this.#telling)
          this.#telling = null
        }
        this.#changed(guest.peer, false)
      },
    })
    link.send({ kind: 'here', version: PROTOCOL_VERSION, peer: self, settings, parks })
  }

  #changed(peer: Peer, came: boolean): void {
    this.#gathered?.()
    this.#options.changed(peer, came)
  }

  #tell(): void {
    if (this.#guests.size === 0) return
    const { room, self } = this.#options
    const peers = [self, ...[...this.#guests].map(({ peer }) => peer)]
    const told = { handover: room.handover(), peers }
    const snapshot = this.#told++ % VIEW_EVERY === 0 ? room.snapshot() : null
    for (const guest of this.#guests) {
      guest.send({ kind: 'told', told })
      if (snapshot) guest.send({ kind: 'snapshot', snapshot })
    }
  }
}
