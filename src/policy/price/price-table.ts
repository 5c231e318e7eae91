import data from './prices.json' with { type: 'json' }

/** Micro-dollars per million tokens: $2.50 per million is 2,500,000. Every published price is a whole number in it. */
export type Price = number

/** Prices by kind of token; null where none is known. The order is the table's `columns`. */
export type PriceColumns = readonly [
  input: Price | null,
  cachedInput: Price | null,
  cacheWrite30m: Price | null,
  cacheWrite12h: Price | null,
  output: Price | null,
]

/** What a call can be billed as. `standard` is what OpenAI's answers call `default`. */
export type PriceTier = 'standard' | 'batch' | 'flex' | 'priority' | 'ultrafast'

export const PRICE_TIERS: readonly PriceTier[] = ['standard', 'batch', 'flex', 'priority', 'ultrafast']

/** How sure a figure is: `high` several agreeing sources, `medium` one good source or derived, `low` doubtful. */
export type Confidence = 'high' | 'medium' | 'low'

/** A model's prices from one day on. A tier that is absent has no known price. */
export interface PricePeriod extends Partial<Record<PriceTier, PriceColumns>> {
  /** First day (UTC) of these prices, `2026-08-21`; null for the first period of a model. */
  readonly from: string | null
  readonly confidence: Confidence
  readonly standard?: PriceColumns
}

/** Whether a feature works: always, never, only with effort `none` sent, unless another effort is sent, or unclear. */
export type Support = 'yes' | 'no' | 'effort_none' | 'effort_unset_or_none' | 'unknown'

/** One model: what it can do, what it costs, until when it lives. */
export interface ModelFacts {
  readonly id: string
  readonly aliases: readonly string[]
  readonly snapshots: readonly string[]
  readonly released: string | null
  /** The day OpenAI shuts the model down; null when none is announced. */
  readonly shutdown: string | null
  /** Tokens. */
  readonly contextWindow: number | null
  readonly maxInput: number | null
  readonly maxOutput: number | null
  readonly reasoning: boolean
  readonly efforts: readonly string[]
  readonly defaultEffort: string | null
  /** Endpoints the model is served on. */
  readonly responses: boolean
  readonly chat: boolean
  readonly batch: boolean
  /** Function tools, by endpoint. */
  readonly responsesTools: Support
  readonly chatTools: Support
  readonly structuredOutputs: boolean
  /** temperature, top_p and logprobs. */
  readonly sampling: Support
  /** Prompt cache generation: 128-token steps without a write charge, or breakpoints whose writes are billed. */
  readonly cache: 'none' | 'automatic' | 'breakpoints'
  /** Key into the table's `rateLimits`; null when not known. */
  readonly limits: string | null
  readonly confidence: Confidence
  readonly sources: readonly string[]
  readonly note?: string
  /** The table's long-context rule applies. */
  readonly longContext?: boolean
  readonly prices: readonly PricePeriod[]
}

/** Usual limits of one account tier for one group of models. */
export interface RateLimits {
  readonly rpm: number
  readonly tpm: number
  readonly batchQueue: number | null
  readonly rpd?: number
}

/** Above this many input tokens the whole request costs these per cents of the normal prices. */
export interface LongContext {
  readonly aboveInputTokens: number
  readonly inputPercent: number
  readonly outputPercent: number
}

/** The whole table as it stands in `prices.json`. */
export interface PriceData {
  /** The day the facts were collected. */
  readonly date: string
  readonly longContext: LongContext
  readonly sources: Readonly<Record<string, string>>
  readonly rateLimits: Readonly<Record<string, Readonly<Record<string, RateLimits>>>>
  readonly models: readonly ModelFacts[]
}

/** A period with its first moment as epoch milliseconds, for comparison with a call's stamp. */
interface DatedPeriod {
  readonly since: number
  readonly period: PricePeriod
}

/** A model table that answers by any name a model goes by: id, alias or dated snapshot. */
export class PriceTable {
  readonly data: PriceData
  readonly #byName = new Map<string, ModelFacts>()
  readonly #periods = new Map<ModelFacts, readonly DatedPeriod[]>()

  constructor(source: PriceData) {
    this.data = source
    for (const model of source.models) {
      this.#byName.set(model.id, model)
      const dated = model.prices.map((period) => ({
        since: period.from === null ? -Infinity : Date.parse(period.from),
        period,
      }))
      this.#periods.set(
        model,
        dated.sort((left, right) => left.since - right.since),
      )
    }
    // An id always means the model of that id, also where another model names it as its alias.
    for (const model of source.models) {
      for (const name of [...model.aliases, ...model.snapshots]) {
        if (!this.#byName.has(name)) this.#byName.set(name, model)
      }
    }
  }

  get date(): string {
    return this.data.date
  }

  find(name: string): ModelFacts | undefined {
    return this.#byName.get(name)
  }

  /** The prices valid at a moment (epoch milliseconds); the oldest known ones for moments before them. */
  period(model: ModelFacts, at: number): PricePeriod | undefined {
    const periods = this.#periods.get(model) ?? []
    for (let index = periods.length - 1; index >= 0; index -= 1) {
      const dated = periods[index]
      if (dated && (dated.since <= at || index === 0)) return dated.period
    }
    return undefined
  }
}

/** The table Spotter ships. The cast stands because TypeScript widens the tuples and unions of a JSON file. */
export const standardPrices = new PriceTable(data as unknown as PriceData)
