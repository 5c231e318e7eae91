import type { Failure } from '../call/outcome.ts'
import type { Clock } from '../lib/clock.ts'
import type { AdmissionSnapshot } from '../policy/admission-snapshot.ts'
import type { AdmissionSignal, Ask, AskingServer, Lease } from '../policy/gate.ts'
import type { Books } from '../policy/budget/terms.ts'
import { BudgetDesk } from './budget-desk.ts'
import type { BudgetHello, BudgetTerms } from './budget-wire.ts'
import { Conversation } from './conversation.ts'
import { Host } from './host.ts'
import { LinkCarrier } from './link-carrier.ts'
import { Lock } from './lock.ts'
import { openFolder, type MeetingPlace } from './meeting-place.ts'
import type { Entrance, Room } from './room.ts'
import { RoomCarrier } from './room-carrier.ts'
import {
  anotherVersion,
  notShared,
  peerChange,
  settingsDiffer,
  shares,
  silentHost,
  tookOver,
} from './sentences.ts'
import type { SharedBudget } from './shared-budget.ts'
import { SharedCalls } from './shared-calls.ts'
import { PROTOCOL_VERSION, type Peer, type Settings, type Told } from './wire.ts'

export interface SharedRoomOptions {
  readonly place: MeetingPlace
  readonly user: number
  readonly self: Peer
  /** Whose cap on calls in flight this process's calls count against. */
  readonly server: AskingServer
  readonly settings: Settings
  readonly clock: Clock
  /** A room of this process, with this part of the limits. */
  readonly makeRoom: (share: number) => Room
  readonly budget?: SharedBudget
  /** Books for a budget that other processes share and this one does not. */
  readonly makeBooks?: (terms: BudgetTerms) => Books
  readonly say: (level: 'info' | 'warn', sentence: string) => void
  readonly patience?: Partial<Patience>
}

/** Milliseconds. */
export interface Patience {
  /** Between two tries to find whoever has the room. */
  readonly retry: number
  /** The same, for one that goes on by itself meanwhile. */
  readonly retryAlone: number
  /** For a host's first word. */
  readonly firstWord: number
  /** A host tells its guests of the limits this often. */
  readonly tell: number
  /** After so much silence of a host it is not there. */
  readonly silence: number
  /** Without any host, until this process goes on by itself. */
  readonly hostless: number
  /** A new host lets nobody go until all whom it knows of have told what they have under way, or for so long. */
  readonly gathering: number
}

const USUAL: Patience = {
  retry: 25,
  retryAlone: 1000,
  firstWord: 2000,
  tell: 200,
  silence: 5000,
  hostless: 10_000,
  gathering: 500,
}

export type Role = 'off' | 'host' | 'guest' | 'seeking' | 'alone'

export interface SharedStatus {
  readonly role: Role
  readonly socket: string
  readonly self: Peer
  readonly host: Peer | null
  readonly peers: readonly (Peer & { readonly waiting?: number; readonly in_flight?: number })[]
  readonly told_ms_ago: number | null
}

/** Reasons for which a room may hold calls back instead of refusing them. */
const PARKABLE = ['quota', 'authentication'] as const

/**
 * One waiting room for all processes of this machine that share an account. Whoever is first has the room and serves it to
 * the others; a process that serves nobody asks its room as directly as if there were no others. When the one that serves is
 * gone, another takes its place: with what everybody was last told of the limits, and after hearing what is under way.
 */
export class SharedRoom implements Entrance {
  readonly #options: SharedRoomOptions
  readonly #patience: Patience
  readonly #lock: Lock
  readonly #calls: SharedCalls
  readonly #own: Room
  /** Set while calls go straight to the room of this process. */
  #direct: Room | null
  #role: Role = 'off'
  #host: Host | null = null
  #conversation: Conversation | null = null
  #hostPeer: Peer | null = null
  #told: Told | null = null
  #toldAt = 0
  #snapshot: AdmissionSnapshot | null = null
  #parks: readonly string[] = []
  #lostAt = 0
  #closed = false
  #gathered: (() => void) | null = null
  readonly #desks = new Map<string, BudgetDesk>()

  constructor(options: SharedRoomOptions) {
    this.#options = options
    this.#patience = { ...USUAL, ...options.patience }
    this.#lock = new Lock(options.place.lock)
    this.#calls = new SharedCalls(() => options.clock.now())
    this.#own = options.makeRoom(1)
    this.#direct = this.#own
  }

  /** Looks for the others. Where there are none, everything is as before when this returns. */
  join(): void {
    const { place, user, say } = this.#options
    try {
      openFolder(place.folder, user)
      if (this.#lock.take()) return void this.#serve()
    } catch (error) {
      return say('warn', notShared(error))
    }
    this.#direct = null
    this.#lose()
    void this.#seek()
  }

  /** Its own budget, or one that only others have: equal terms are one budget. */
  #deskFor({ terms }: BudgetHello): BudgetDesk | null {
    const { budget, makeBooks } = this.#options
    const key = JSON.stringify(terms)
    if (budget && key === JSON.stringify(budget.terms)) return budget.keep()
    let desk = this.#desks.get(key)
    if (!desk && makeBooks) this.#desks.set(key, (desk = new BudgetDesk(makeBooks(terms), [], false, {})))
    return desk ?? null
  }

  admit(ask: Ask, signal: AdmissionSignal): Lease | Failure | Promise<Lease | Failure> {
    return this.#direct ? this.#direct.admit(ask, signal) : this.#calls.admit(ask, signal)
  }

  takesBack(failure: Failure): boolean {
    if (this.#direct || this.#parks.length === 0) return this.#own.takesBack(failure)
    return failure.retry === 'paced' || this.#parks.includes(failure.reason)
  }

  snapshot(): AdmissionSnapshot {
    return this.#direct || !this.#snapshot ? this.#own.snapshot() : this.#snapshot
  }

  resume(): boolean {
    if (this.#direct) return this.#direct.resume()
    const { quota, key } = this.snapshot().circuits
    this.#conversation?.send({ kind: 'resume' })
    return quota.state === 'open' || key.state === 'open'
  }

  get status(): SharedStatus {
    const { place, self, clock } = this.#options
    const guests = this.#host?.guests.map(({ peer, waiting, inFlight }) => ({
      ...peer,
      waiting,
      in_flight: inFlight,
    }))
    return {
      role: this.#role,
      socket: place.socket,
      self,
      host: this.#role === 'host' ? self : this.#hostPeer,
      peers: guests ?? this.#told?.peers.filter(({ pid }) => pid !== self.pid) ?? [],
      told_ms_ago: this.#told && !this.#host ? Math.round(clock.now() - this.#toldAt) : null,
    }
  }

  close(failure: Failure): void {
    this.#closed = true
    // The others first: what this room's end means for its own calls is no answer to theirs.
    this.#host?.close()
    this.#lock.release()
    this.#conversation?.end()
    this.#calls.refuseWaiting(failure)
    this.#own.close(failure)
    this.#direct = this.#own
  }

  /** Serves the room from now on. Whoever holds the lock is the only one. */
  async #serve(): Promise<void> {
    const { self, settings, place, clock, say } = this.#options
    const sample = { retry: 'never' } as Failure
    const host = new Host({
      room: this.#own,
      self,
      settings,
      parks: PARKABLE.filter((reason) => this.#own.takesBack({ ...sample, reason })),
      deskFor: (budget) => this.#deskFor(budget),
      now: () => clock.now(),
      tellMs: this.#patience.tell,
      changed: (peer, came) => this.#peersChanged(peer, came),
    })
    const before = this.#hostPeer
    const told = this.#told
    const follows = this.#direct === null
    const carrier = new RoomCarrier(this.#own)
    if (follows) {
      this.#calls.detach()
      this.#calls.adoptInto(carrier)
      if (told) this.#own.takeOver(told.handover)
    } else {
      host.open()
      this.#role = 'host'
    }
    this.#host = host
    try {
      await host.listen(place.socket)
      if (follows && !this.#closed) await this.#gather(told?.peers ?? [], before)
    } catch (error) {
      say('warn', notShared(error))
      this.#host = null
      this.#lock.release()
    }
    if (this.#closed) return
    this.#role = this.#host ? 'host' : 'alone'
    if (!follows) return
    this.#options.budget?.keep()
    this.#options.budget?.decide()
    host.open()
    this.#calls.attach(carrier)
    this.#direct = this.#own
    if (this.#host) say('info', tookOver(before, host.guests.length, this.#own.snapshot().inFlight))
  }

  /** Resolves when everyone who was known to be there has come, or when that takes too long. */
  #gather(known: readonly Peer[], before: Peer | null): Promise<void> {
    const { self, clock } = this.#options
    const missing = (): boolean =>
      known.some(
        ({ pid }) =>
          pid !== self.pid &&
          pid !== before?.pid &&
          !this.#host?.guests.some((guest) => guest.peer.pid === pid),
      )
    return new Promise((resolve) => {
      const cancel = clock.after(this.#patience.gathering, resolve)
      this.#gathered = () => {
        if (missing()) return
        cancel()
        resolve()
      }
      this.#gathered()
    })
  }

  #peersChanged(peer: Peer, came: boolean): void {
    this.#gathered?.()
    if (this.#direct === null || this.#closed) return
    this.#options.say('info', peerChange(peer, came, this.#host?.guests.length ?? 0))
  }

  #lose(): void {
    this.#options.budget?.ask(null)
    this.#role = 'seeking'
    this.#lostAt = this.#options.clock.now()
  }

  /** Until this process has the room, or speaks with the one that has it. */
  async #seek(): Promise<void> {
    const { clock, place, say } = this.#options
    const { retry, retryAlone, firstWord, hostless } = this.#patience
    while (!this.#closed) {
      try {
        if (this.#lock.take()) return void (await this.#serve())
      } catch (error) {
        say('warn', notShared(error))
        return this.#goAlone()
      }
      const conversation = await Conversation.open(place.socket, clock, firstWord)
      if (this.#closed) return conversation?.end()
      if (conversation) return this.#visit(conversation)
      if (this.#role === 'seeking' && clock.now() - this.#lostAt > hostless) this.#goOnWithoutHost()
      // Those who look together must not knock together.
      const pause = this.#role === 'seeking' ? retry * (0.5 + Math.random()) : retryAlone
      await new Promise<void>((resolve) => clock.after(pause, resolve))
    }
  }

  /** Asks another process's room from now on. */
  #visit(conversation: Conversation): void {
    const { self, server, settings, clock, say, budget } = this.#options
    const { here } = conversation
    if (here.version !== PROTOCOL_VERSION) {
      conversation.end()
      say('warn', anotherVersion(here.peer))
      return this.#goAlone()
    }
    this.#calls.detach()
    this.#conversation = conversation
    this.#parks = here.parks
    const returned = this.#role !== 'alone' && this.#hostPeer?.pid === here.peer.pid
    this.#hostPeer = here.peer
    this.#role = 'guest'
    conversation.listen({
      silenceMs: this.#patience.silence,
      message: (message) => {
        if (message.kind === 'go') {
          const call = this.#calls.get(message.id)
          return call?.go()
        }
        if (message.kind === 'no') return this.#calls.get(message.id)?.refuse(message.failure)
        if (message.kind === 'snapshot') this.#snapshot = message.snapshot
        else if (message.kind === 'told') {
          this.#told = message.told
          this.#toldAt = clock.now()
        } else if (message.kind !== 'here') budget?.hear(message)
      },
      closed: () => {
        if (this.#closed) return
        this.#conversation = null
        this.#calls.detach()
        this.#lose()
        void this.#seek()
      },
    })
    conversation.send({
      kind: 'hello',
      version: PROTOCOL_VERSION,
      peer: self,
      server,
      calls: this.#calls.declared(),
      told: this.#told?.handover ?? null,
      budget: budget?.hello() ?? null,
    })
    budget?.ask((message) => conversation.send(message))
    this.#calls.attach(
      new LinkCarrier(
        (message) => conversation.send(message),
        () => clock.now(),
      ),
    )
    if (returned) return
    say('info', shares(here.peer))
    const difference = settingsDiffer(settings, here.settings, here.peer)
    if (difference) say('warn', difference)
  }

  /** The host is there and does not answer: a part of the limits, as if everyone did the same. */
  #goOnWithoutHost(): void {
    const { makeRoom, say } = this.#options
    const among = Math.max(2, this.#told?.peers.length ?? 2)
    const room = makeRoom(1 / among)
    const carrier = new RoomCarrier(room)
    this.#role = 'alone'
    this.#options.budget?.decide()
    this.#calls.adoptInto(carrier)
    if (this.#told) room.takeOver(this.#told.handover)
    this.#calls.attach(carrier)
    say('warn', silentHost(this.#hostPeer, among))
  }

  /** Nobody is to be shared with, for as long as this process lives. */
  #goAlone(): void {
    this.#options.budget?.decide()
    const carrier = new RoomCarrier(this.#own)
    this.#calls.detach()
    this.#calls.adoptInto(carrier)
    this.#calls.attach(carrier)
    this.#role = 'alone'
    this.#direct = this.#own
  }
}
