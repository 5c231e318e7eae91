import type { Peer, Settings } from './wire.ts'

/** What the log says of sharing: one sentence for every change of role and for whoever comes and goes. */

function named({ name, pid }: Peer): string {
  return `${name} (process ${pid})`
}

export function notShared(error: unknown): string {
  return `the limits are not shared with other servers: ${(error as Error).message}`
}

export function shares(host: Peer): string {
  return `this server shares its limits with ${named(host)}, which keeps them`
}

export function tookOver(before: Peer | null, guests: number, underWay: number): string {
  const gone = before ? `${named(before)} is gone; this` : 'this'
  const others = guests === 1 ? '1 other process' : `${guests} other processes`
  return `${gone} server keeps the shared limits now, with ${others} and ${underWay} calls under way`
}

export function peerChange(peer: Peer, came: boolean, guests: number): string {
  const now = guests === 0 ? 'this server has its limits to itself' : `${guests + 1} processes, one limiter`
  return `${named(peer)} ${came ? 'shares these limits' : 'is gone'}: ${now}`
}

export function silentHost(host: Peer | null, among: number): string {
  const who = host ? named(host) : 'another process'
  return `${who} keeps the shared limits and does not answer: this server goes on with 1/${among} of them`
}

export function anotherVersion(host: Peer): string {
  return `${named(host)} uses the same account with another version of Spotter: the limits are not shared with it`
}

/** Null where they are the same. */
export function settingsDiffer(own: Settings, theirs: Settings, host: Peer): string | null {
  const different = Object.keys(own).filter((name) => own[name] !== theirs[name])
  if (different.length === 0) return null
  const shown = different.map((name) => `${name} (here ${own[name]}, there ${theirs[name]})`)
  return `settings of ${named(host)} count for the shared limits: ${shown.join(', ')}`
}
