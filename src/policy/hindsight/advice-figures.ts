/** What calls of one model at one tier have used: advice about money is given from it. */
export interface UsedTokens {
  readonly model: string
  readonly tier: string
  readonly calls: number
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly cacheWrite12h: number
  readonly output: number
  /** Output tokens set aside by the requests that named a bound, and used by the same requests. */
  readonly reservedOutput: number
  readonly usedOfReserved: number
}

/** Turns that could not read what the turn before them had left in the cache, by what had changed. */
export interface BrokenPrefix {
  /** The field that changed: `tools`, `instructions`, `reasoning`, …; `earlier messages`, `tier`, `time`, or `unknown`. */
  readonly cause: string
  readonly model: string
  readonly tier: string
  readonly calls: number
  /** Input tokens that had to be read again. */
  readonly tokens: number
}
