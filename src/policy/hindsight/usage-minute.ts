/** Sums over billed calls. */
export interface UsageTotals {
  readonly requests: number
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly output: number
}

/** Use of one model at one tier in one minute, as the ledger or as OpenAI counts it. */
export interface UsageMinute extends UsageTotals {
  /** Epoch milliseconds of the minute's start. */
  readonly minute: number
  readonly model: string | null
  /** The tier that served; `batch` for work done in a batch. */
  readonly tier: string | null
}
