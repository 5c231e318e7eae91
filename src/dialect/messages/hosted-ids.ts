/**
 * Ids of calls the provider ran itself. Messages asks for prefixes of its own; OpenAI's id stands behind it, so that it can
 * be found again: `ws_1` is `srvtoolu_ws_1`.
 */
class HostedId {
  readonly #prefix: string
  readonly #itemPrefix: string

  constructor(prefix: string, itemPrefix: string) {
    this.#prefix = prefix
    this.#itemPrefix = itemPrefix
  }

  toBlock(itemId: string): string {
    return `${this.#prefix}${itemId}`
  }

  /** OpenAI's id, or null for a block that another provider made. */
  toItem(blockId: string): string | null {
    return blockId.startsWith(`${this.#prefix}${this.#itemPrefix}`)
      ? blockId.slice(this.#prefix.length)
      : null
  }
}

export const WEB_SEARCH_ID = new HostedId('srvtoolu_', 'ws_')
export const MCP_ID = new HostedId('mcptoolu_', 'mcp_')
