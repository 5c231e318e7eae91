import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'

const MAX_AGE_SECONDS = 1_209_600

export interface Session {
  readonly id: string
  /** The `Set-Cookie` value that carries the session on. */
  readonly setCookie: string
}

/**
 * Gym's session cookie. Agents send the cookie of one answer with their next turn, which tells a rollout's calls apart
 * where no `/ng-rollout/` prefix does. The name and attributes are Gym's; nobody but this server reads the value and it
 * guards nothing, so a checksum stands where Gym has a signature: it keeps a mistyped or foreign cookie from merging
 * two rollouts.
 */
export class Sessions {
  readonly cookieName: string
  readonly #seed: number

  constructor(serverName: string) {
    this.cookieName = `SimpleModelServer___${serverName}`
    this.#seed = crc32(this.cookieName)
  }

  /** The session named by a `Cookie` header, or a new one. */
  open(cookieHeader: string | undefined): Session {
    const found = cookieHeader ? this.#find(cookieHeader) : null
    if (found) return found
    const id = randomUUID()
    const payload = Buffer.from(`{"session_id": "${id}"}`).toString('base64')
    return { id, setCookie: this.#cookie(`${payload}.${this.#sign(payload)}`) }
  }

  #find(header: string): Session | null {
    const prefix = `${this.cookieName}=`
    for (const part of header.split(';')) {
      const pair = part.trim()
      if (!pair.startsWith(prefix)) continue
      const value = pair.slice(prefix.length)
      const [payload = '', signature = ''] = value.split('.')
      if (signature !== this.#sign(payload)) return null
      const id = /"session_id": "([0-9a-f-]{36})"/.exec(Buffer.from(payload, 'base64').toString())?.[1]
      return id ? { id, setCookie: this.#cookie(value) } : null
    }
    return null
  }

  #sign(payload: string): string {
    return crc32(payload, this.#seed).toString(36)
  }

  #cookie(value: string): string {
    return `${this.cookieName}=${value}; path=/; Max-Age=${MAX_AGE_SECONDS}; httponly; samesite=lax`
  }
}
