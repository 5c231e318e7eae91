import { createHash } from 'node:crypto'

const LONGEST_NAME = 64
const HASH_DIGITS = 8

/**
 * Names of tools on both sides. OpenAI takes `[a-zA-Z0-9_-]{1,64}`; Messages clients send longer ones (an MCP server's name
 * in front of the tool's). The name sent depends on the client's name alone, so it is the same in every turn and the
 * cached prefix stays valid.
 */
export class ToolNames {
  readonly #sent = new Map<string, string>()
  readonly #taken = new Set<string>()
  /** Names that had to change: what OpenAI knows to what the client knows. */
  readonly restored = new Map<string, string>()

  /** The name OpenAI gets for a client's name. */
  upstream(name: string): string {
    const known = this.#sent.get(name)
    if (known !== undefined) return known
    const sent = this.#free(name)
    this.#sent.set(name, sent)
    this.#taken.add(sent)
    if (sent !== name) this.restored.set(sent, name)
    return sent
  }

  #free(name: string): string {
    const plain = name.replaceAll(/[^a-zA-Z0-9_-]/gu, '_')
    if (plain === name && name.length <= LONGEST_NAME && !this.#taken.has(name)) return name
    for (let salt = 0; ; salt++) {
      const hash = createHash('sha256').update(`${salt}:${name}`).digest('hex').slice(0, HASH_DIGITS)
      const shortened = `${plain.slice(0, LONGEST_NAME - HASH_DIGITS - 1)}_${hash}`
      if (!this.#taken.has(shortened)) return shortened
    }
  }
}
