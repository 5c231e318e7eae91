import type { Failure } from '../call/outcome.ts'
import type { Clock } from '../lib/clock.ts'
import type { AdmissionSnapshot } from '../policy/admission-snapshot.ts'
import type { AdmissionSignal, Ask, AskingServer, Lease } from '../policy/gate.ts'
import type { Books } from '../policy/budget/terms.ts'
import { BudgetDesks } from './budget/budget-desks.ts'
import type { BudgetTerms } from './budget/budget-wire.ts'
import { Conversation } from './conversation.ts'
import { Host } from './host.ts'
import { Lock } from './lock.ts'
import { openFolder, type MeetingPlace } from './meeting-place.ts'
import { USUAL_PATIENCE, type Patience } from './patience.ts'
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
import type { SharedBudget } from './budget/shared-budget.ts'
import { SharedCalls } from './shared-calls.ts'
import type { Role, SharedStatus } from './shared-status.ts'
import { Visit, type Heard } from './visit.ts'
import { PROTOCOL_VERSION, type Peer, type Settings } from './wire.ts'

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
  #visit: Visit | null = null
  readonly #heard: Heard = { host: null, parks: [], told: null, toldAt: 0, snapshot: null }
  #lostAt = 0
  #closed = false
  readonly #desks: BudgetDesks

  constructor(options: SharedRoomOptions) {
    this.#options = options
    this.#patience = { ...USUAL_PATIENCE, ...options.patience }
    this.#lock = new Lock(options.place.lock)
    this.#calls = new SharedCalls(() => options.clock.now())
    this.#desks = new BudgetDesks(options.budget, options.makeBooks)
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
    this.#lookForHost()
  }

  admit(ask: Ask, signal: AdmissionSignal): Lease | Failure | Promise<Lease | Failure> {
    return this.#direct ? this.#direct.admit(ask, signal) : this.#calls.admit(ask, signal)
  }

  takesBack(failure: Failure): boolean {
    if (this.#direct || this.#heard.parks.length === 0) return this.#own.takesBack(failure)
    return failure.retry === 'paced' || this.#heard.parks.includes(failure.reason)
  }

  snapshot(): AdmissionSnapshot {
    return this.#direct || !this.#heard.snapshot ? this.#own.snapshot() : this.#heard.snapshot
  }

  resume(): boolean {
    if (this.#direct) return this.#direct.resume()
    const { quota, key } = this.snapshot().circuits
    this.#visit?.resume()
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
      host: this.#role === 'host' ? self : this.#heard.host,
      peers: guests ?? this.#heard.told?.peers.filter(({ pid }) => pid !== self.pid) ?? [],
      told_ms_ago: this.#heard.told && !this.#host ? Math.round(clock.now() - this.#heard.toldAt) : null,
    }
  }

  close(failure: Failure): void {
    this.#closed = true
    // The others first: what this room's end means for its own calls is no answer to theirs.
    this.#host?.close()
    this.#lock.release()
    this.#visit?.end()
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
      deskFor: (budget) => this.#desks.deskFor(budget),
      clock,
      tellMs: this.#patience.tell,
      changed: (peer, came) => this.#peersChanged(peer, came),
    })
    const before = this.#heard.host
    const told = this.#heard.told
    const others = (told?.peers ?? [])
      .map(({ pid }) => pid)
      .filter((pid) => pid !== self.pid && pid !== before?.pid)
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
      if (follows && !this.#closed) await host.gather(others, this.#patience.gathering)
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

  #peersChanged(peer: Peer, came: boolean): void {
    if (this.#direct === null || this.#closed) return
    this.#options.say('info', peerChange(peer, came, this.#host?.guests.length ?? 0))
  }

  #lookForHost(): void {
    this.#options.budget?.ask(null)
    this.#role = 'seeking'
    this.#lostAt = this.#options.clock.now()
    void this.#seek()
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
      if (conversation) return this.#visitRoom(conversation)
      if (this.#role === 'seeking' && clock.now() - this.#lostAt > hostless) this.#goOnWithoutHost()
      // Those who look together must not knock together.
      const pause = this.#role === 'seeking' ? retry * (0.5 + Math.random()) : retryAlone
      await new Promise<void>((resolve) => clock.after(pause, resolve))
    }
  }

  /** Asks another process's room from now on. */
  #visitRoom(conversation: Conversation): void {
    const { self, server, settings, clock, say, budget } = this.#options
    const { version, peer, settings: theirs } = conversation.here
    if (version !== PROTOCOL_VERSION) {
      conversation.end()
      say('warn', anotherVersion(peer))
      return this.#goAlone()
    }
    const returned = this.#role !== 'alone' && this.#heard.host?.pid === peer.pid
    this.#role = 'guest'
    this.#visit = new Visit(conversation, {
      self,
      server,
      calls: this.#calls,
      budget,
      heard: this.#heard,
      clock,
      silenceMs: this.#patience.silence,
      over: () => this.#visitOver(),
    })
    this.#visit.begin()
    if (returned) return
    say('info', shares(peer))
    const difference = settingsDiffer(settings, theirs, peer)
    if (difference) say('warn', difference)
  }

  #visitOver(): void {
    if (this.#closed) return
    this.#visit = null
    this.#calls.detach()
    this.#lookForHost()
  }

  /** The host is there and does not answer: a part of the limits, as if everyone did the same. */
  #goOnWithoutHost(): void {
    const { makeRoom, say } = this.#options
    const among = Math.max(2, this.#heard.told?.peers.length ?? 2)
    const room = makeRoom(1 / among)
    const carrier = new RoomCarrier(room)
    this.#role = 'alone'
    this.#options.budget?.decide()
    this.#calls.adoptInto(carrier)
    if (this.#heard.told) room.takeOver(this.#heard.told.handover)
    this.#calls.attach(carrier)
    say('warn', silentHost(this.#heard.host, among))
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
