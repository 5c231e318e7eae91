import { createHash } from 'node:crypto'

const LONGEST_NAME = 64
const HASH_DIGITS = 8

export interface NamespacedName {
  readonly namespace: string
  readonly name: string
}

/**
 * One name for a tool and its namespace, `namespace__name`, as hosts take names: `[a-zA-Z0-9_-]{1,64}`. What does not fit, or
 * is taken, is told apart by a hash of both, so that a tool has the same name in every turn and the cached prefix stays
 * valid.
 */
export class FlatNames {
  readonly #flat = new Map<string, string>()
  readonly #taken: Set<string>
  /** What the host knows to what the client knows. */
  readonly restored = new Map<string, NamespacedName>()

  /** @param plain names of the tools that are in no namespace: they keep theirs */
  constructor(plain: Iterable<string>) {
    this.#taken = new Set(plain)
  }

  flat(namespace: string, name: string): string {
    const key = JSON.stringify([namespace, name])
    const known = this.#flat.get(key)
    if (known !== undefined) return known
    const flat = this.#free(namespace, name, key)
    this.#flat.set(key, flat)
    this.#taken.add(flat)
    this.restored.set(flat, { namespace, name })
    return flat
  }

  #free(namespace: string, name: string, key: string): string {
    // MCP namespaces have been sent with their separator: `mcp__server__`.
    const joined = namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`
    const plain = joined.replaceAll(/[^a-zA-Z0-9_-]/gu, '_')
    if (plain === joined && joined.length <= LONGEST_NAME && !this.#taken.has(joined)) return joined
    for (let salt = 0; ; salt++) {
      const hash = createHash('sha256').update(`${salt}:${key}`).digest('hex').slice(0, HASH_DIGITS)
      const shortened = `${plain.slice(0, LONGEST_NAME - HASH_DIGITS - 1)}_${hash}`
      if (!this.#taken.has(shortened)) return shortened
    }
  }
}
