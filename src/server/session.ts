import { randomUUID } from 'node:crypto'

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
    this.#seed = checksum(this.cookieName, 0)
  }

  /** The session named by a `Cookie` header, or a new one. */
  open(cookieHeader: string | undefined): Session {
    const found = cookieHeader ? this.#find(cookieHeader) : null
    if (found) return found
    const id = randomUUID()
    return { id, setCookie: this.#cookie(`${id}.${this.#sign(id)}`) }
  }

  #find(header: string): Session | null {
    const prefix = `${this.cookieName}=`
    for (const part of header.split(';')) {
      const pair = part.trim()
      if (!pair.startsWith(prefix)) continue
      const value = pair.slice(prefix.length)
      const [id = '', signature = ''] = value.split('.')
      if (!/^[0-9a-f-]{36}$/.test(id) || signature !== this.#sign(id)) return null
      return { id, setCookie: this.#cookie(value) }
    }
    return null
  }

  #sign(id: string): string {
    return checksum(id, this.#seed).toString(36)
  }

  #cookie(value: string): string {
    return `${this.cookieName}=${value}; path=/; Max-Age=${MAX_AGE_SECONDS}; httponly; samesite=lax`
  }
}

/** FNV-1a of a text of ASCII. Shorter than a call of zlib's, and there is one for every call. */
function checksum(text: string, seed: number): number {
  let sum = 0x811c9dc5 ^ seed
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return sum >>> 0
}
