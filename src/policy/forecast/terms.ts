import type { PriceTier } from '../price/price-table.ts'

/** One line of a rollout input, as far as its cost depends on it. */
export interface ForecastTask {
  /** Text of instructions, input and tools of the first call. */
  readonly characters: number
  /** `max_output_tokens`; null when the line leaves that to the model. */
  readonly maxOutput: number | null
}

/** Limits of the account; null where there is none or it is not known. */
export interface ForecastLimits {
  readonly rpm: number | null
  readonly tpm: number | null
  readonly rpd: number | null
}

/** What is planned, and what is assumed of the answers. */
export interface ForecastPlan {
  readonly model: string
  readonly repeats: number
  /** Calls of one rollout. */
  readonly turns: number
  /** Output tokens of a call, reasoning included, on average. */
  readonly outputTokens: number
  /** Tokens that a tool's result adds between two calls, on average. */
  readonly toolTokens: number
  /** Overrides every line's `max_output_tokens`. */
  readonly maxOutput: number | null
  readonly limits: ForecastLimits | null
  /** Epoch milliseconds: prices change with time. */
  readonly at: number
}

export interface ForecastTier {
  readonly tier: PriceTier
  /** Without a single cache hit. */
  readonly microDollars: number
  /** With each call of a conversation reading what the call before it sent. */
  readonly microDollarsCached: number
}

export interface ForecastTime {
  readonly hours: number
  /** The limit that takes longest. */
  readonly binds: 'requests' | 'tokens' | 'requests a day'
  readonly needs: readonly { readonly limit: ForecastTime['binds']; readonly hours: number }[]
}

export interface Forecast {
  readonly rollouts: number
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** What OpenAI's token limit is charged: per call the larger of the output bound and the input. */
  readonly chargedTokens: number
  /** Input tokens of the largest call. */
  readonly longestInput: number
  /** Tiers whose price is known; empty when the model's is not. */
  readonly tiers: readonly ForecastTier[]
  /** Shortest time that the limits allow; null when no limits are known. */
  readonly time: ForecastTime | null
  /** The same with `max_output_tokens` at twice the mean output; null when that would not help. */
  readonly timeWithTightBound: ForecastTime | null
}
