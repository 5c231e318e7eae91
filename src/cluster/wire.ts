import type { Failure, FailureReason, Usage } from '../call/outcome.ts'
import type { AdmissionSnapshot } from '../policy/admission-snapshot.ts'
import type { Ask, AskingServer, GateHeaders } from '../policy/gate.ts'
import type { BudgetGuestMessage, BudgetHello, BudgetHostMessage } from './budget/budget-wire.ts'

/** Raised with every change of what is below. Processes of different versions do not share. */
export const PROTOCOL_VERSION = 1

/** A process as the others know it. */
export interface Peer {
  /** The server's name in Gym's configuration, with the worker's number where it has several. */
  readonly name: string
  readonly pid: number
}

/** An ask without its moments: they are told as distances, because every process counts its time from its own start. */
export interface WireAsk extends Omit<Ask, 'arrived' | 'deadline' | 'server'> {
  readonly ageMs: number
  /** Null for no limit. */
  readonly leftMs: number | null
}

/** A call under way: what it asked for, and the number under which it will be spoken of. */
export interface DeclaredCall {
  readonly id: number
  readonly ask: WireAsk
}

/** What everyone keeps, so that whoever takes over can go on from it. */
export interface Told {
  /** `Room.handover()`. */
  readonly handover: unknown
  readonly peers: readonly Peer[]
}

export interface Hello {
  readonly kind: 'hello'
  readonly version: number
  readonly peer: Peer
  readonly server: AskingServer
  /** Calls under way. */
  readonly calls: readonly DeclaredCall[]
  /** The last that was heard of a room that is gone: its `handover()`. */
  readonly told: unknown
  readonly budget: BudgetHello | null
}

/** What a guest says. */
export type GuestMessage =
  | Hello
  | { readonly kind: 'ask'; readonly id: number; readonly ask: WireAsk }
  | { readonly kind: 'leave'; readonly id: number }
  | { readonly kind: 'head'; readonly id: number; readonly status: number; readonly headers: GateHeaders }
  | { readonly kind: 'refused'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'settle'; readonly id: number; readonly used: Usage | null | 'estimate' }
  | { readonly kind: 'resume' }
  | BudgetGuestMessage

/** What the host says. */
export type HostMessage =
  /** To everyone who connects: a process that is stopped has a socket, too, and says nothing. */
  | {
      readonly kind: 'here'
      readonly version: number
      readonly peer: Peer
      /** Settings of the room, by name; they count for everybody. */
      readonly settings: Settings
      /** Failures for which a call goes back to its queue, beside those of rate limits. */
      readonly parks: readonly FailureReason[]
    }
  | { readonly kind: 'go'; readonly id: number }
  | { readonly kind: 'no'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'told'; readonly told: Told }
  | { readonly kind: 'snapshot'; readonly snapshot: AdmissionSnapshot }
  | BudgetHostMessage

export type Settings = Readonly<Record<string, string | number | boolean | null>>

export function toWire({ arrived, deadline, server: _server, ...rest }: Ask, now: number): WireAsk {
  return { ...rest, ageMs: now - arrived, leftMs: deadline === Infinity ? null : deadline - now }
}

export function fromWire({ ageMs, leftMs, ...rest }: WireAsk, now: number, server: AskingServer): Ask {
  return { ...rest, arrived: now - ageMs, deadline: leftMs === null ? Infinity : now + leftMs, server }
}

/** The headers that tell of limits; nothing else of an answer leaves its process. */
export function limitHeaders(headers: GateHeaders): GateHeaders {
  const told: Record<string, string | string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && name.startsWith('x-ratelimit-')) told[name] = value
  }
  return told
}
