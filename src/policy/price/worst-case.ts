import type { Usage } from '../../call/outcome.ts'
import type { ModelFacts, PriceTable } from './price-table.ts'
import { priceOf } from './price.ts'

/** A request that is about to be sent, as far as its highest possible cost depends on it. */
export interface WorstCaseQuery {
  /** The model as sent upstream. */
  readonly model: string
  /** The tier as sent upstream; null or `auto` is taken as the standard one. */
  readonly serviceTier: string | null
  /** Length of the request body. */
  readonly bodyBytes: number
  /** So many of them are taken for one input token; 1 when not given, which no text exceeds. */
  readonly bytesPerToken?: number
  /** The request's own bound on output tokens; null when it leaves that to the model. */
  readonly maxOutput: number | null
  /** Chat's `n`; 1 elsewhere. */
  readonly choices: number
  /** The request refers to input that is not in its body: `previous_response_id`, `conversation`, files, image URLs. */
  readonly opaqueInput?: boolean
  /** The request asks for cache entries that live 12 hours. */
  readonly longCacheWrites?: boolean
  /** Epoch milliseconds. */
  readonly at: number
}

export interface WorstCase {
  /** Highest cost of one attempt; null when no price is known. */
  readonly microDollars: number | null
  /** Most output tokens, of all choices together. */
  readonly output: number
}

/** Assumed where neither the request nor the model table bounds the output: what most current models allow. */
const MOST_OUTPUT = 128_000

/**
 * The most that one attempt can cost.
 *
 * A token is at least one byte of the body, so the body's length bounds the input (typically four times too high, and never
 * too low, unless `bytesPerToken` says otherwise); the model's own limit bounds it too. Every input token is taken at its dearest, a cache write where the model
 * bills writes. Flex counts as standard, to which it may fall back. A project whose default tier is a dearer one
 * than standard, and fees of hosted tools, are not covered.
 */
export function worstCase(query: WorstCaseQuery, table: PriceTable): WorstCase {
  const model = table.find(query.model)
  const output = Math.min(
    query.maxOutput ?? Infinity,
    model?.maxOutput ?? (query.maxOutput === null ? MOST_OUTPUT : Infinity),
  )
  const outputs = output * query.choices
  const input = inputBound(query, model)
  let highest: number | null = null
  for (const usage of usages(query, input, outputs)) {
    const price = priceOf(
      { model: query.model, serviceTier: dearestTier(query.serviceTier), usage, at: query.at },
      table,
    )
    // Where a price of cache writes is missing there are none.
    if (!('unknown' in price)) highest = Math.max(highest ?? 0, price.microDollars)
  }
  return { microDollars: highest, output: outputs }
}

function inputBound(query: WorstCaseQuery, model: ModelFacts | undefined): number {
  const most = model?.maxInput ?? model?.contextWindow ?? Infinity
  if (query.opaqueInput && most !== Infinity) return most
  return Math.min(Math.ceil(query.bodyBytes / (query.bytesPerToken ?? 1)), most)
}

/** Flex costs half of standard and may fall back to it. */
function dearestTier(asked: string | null): string {
  return asked === null || asked === 'auto' || asked === 'flex' ? 'default' : asked
}

function usages(query: WorstCaseQuery, input: number, output: number): Usage[] {
  const plain = { input, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output, reasoning: 0 }
  const written = { ...plain, cacheWrite: input }
  return query.longCacheWrites ? [plain, written, { ...written, cacheWrite12h: input }] : [plain, written]
}
