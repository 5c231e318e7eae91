/** How the cache treats the input of one request. */
export interface CacheSplit {
  readonly cached: number
  readonly written30m: number
  readonly written12h: number
  /** Called once the prompt has been read by the model: from then on others can read what it wrote. */
  store(now: number): void
}

/** Prompts shorter than this are never cached. */
export const leastTokens = 1024

export const uncached: CacheSplit = { cached: 0, written30m: 0, written12h: 0, store: () => {} }
