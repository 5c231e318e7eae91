import type { Peer } from './wire.ts'

/** What a process is to the others that share its account. */
export type Role = 'off' | 'host' | 'guest' | 'seeking' | 'alone'

/** The sharing of limits as the status page shows it. */
export interface SharedStatus {
  readonly role: Role
  readonly socket: string
  readonly self: Peer
  readonly host: Peer | null
  readonly peers: readonly (Peer & { readonly waiting?: number; readonly in_flight?: number })[]
  readonly told_ms_ago: number | null
}
