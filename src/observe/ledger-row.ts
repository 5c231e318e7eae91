/**
 * One call as the ledger keeps it, whatever its end. Money is whole micro-dollars, times are whole milliseconds, tokens
 * are OpenAI's counts. Null always means "not known" or "there was none", never zero.
 */
export interface LedgerRow {
  /** The call's id; unique. */
  readonly call: string
  /** When the call settled: epoch milliseconds. The only wall-clock stamp. */
  readonly at: number
  /** What the budget of a run counts together; survives restarts when the configuration names it. */
  readonly run: string
  /** Name of the server in Gym's configuration. */
  readonly server: string
  readonly rollout: string | null
  readonly task: string | null
  readonly session: string | null
  readonly dialect: 'responses' | 'chat' | 'messages'
  readonly lane: 'live' | 'batch' | 'replay'
  /** The model sent upstream, and the one that answered (a dated snapshot where there is one). */
  readonly modelAsked: string | null
  readonly modelServed: string | null
  /** The tier sent upstream, and the one the answer names. */
  readonly tierAsked: string | null
  readonly tierServed: string | null
  /** HTTP status the caller saw; 0 when it left before there was one. */
  readonly status: number
  readonly outcome: 'completed' | 'incomplete' | 'failed' | 'cancelled'
  /** Why: the failure's reason, the stop reason of an incomplete answer, or who cancelled. */
  readonly reason: string | null
  /** Attempts sent upstream; 0 for a call refused here. */
  readonly attempts: number
  readonly queuedMs: number
  readonly backoffMs: number
  readonly firstByteMs: number | null
  readonly totalMs: number
  /** Where the token counts come from. With `unknown` all of them are null. */
  readonly usage: 'reported' | 'estimated' | 'unknown'
  /** `cachedInput` and `cacheWrite` are parts of `input`, `cacheWrite12h` of `cacheWrite`, `reasoning` of `output`. */
  readonly input: number | null
  readonly cachedInput: number | null
  readonly cacheWrite: number | null
  readonly cacheWrite12h: number | null
  readonly output: number | null
  readonly reasoning: number | null
  /** Output tokens the request set aside: its own bound × choices; null when it left that to the model. */
  readonly maxOutput: number | null
  /** What the answered attempt cost. */
  readonly microDollars: number | null
  readonly priceConfidence: 'high' | 'medium' | 'low' | null
  /** Date of the price table used. */
  readonly priceTable: string | null
  /** What failed attempts of this call may have cost besides (an estimate; 0 when none can have been billed). */
  readonly failedMicroDollars: number
  /** What prompt caching, the tier and a replay took off the price; caching can be negative when writes were not read. */
  readonly savedByCache: number | null
  readonly savedByTier: number | null
  readonly savedByReplay: number | null
  /** The worst case that the budget set aside; counts as spent while the true cost is unknown. */
  readonly reservedMicroDollars: number | null
  /** An attempt that may have run was sent again. */
  readonly possibleDoubleCharge: boolean
  readonly upstreamRequestId: string | null
  /** Id of the answer: `resp_…`, `chatcmpl-…`. */
  readonly responseId: string | null
}
