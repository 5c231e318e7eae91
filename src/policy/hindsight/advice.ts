import type { Usage } from '../../call/outcome.ts'
import type { BrokenPrefix, UsedTokens } from './advice-figures.ts'
import { percentText } from '../percent-text.ts'
import { priceOf } from '../price/price.ts'
import type { PriceTable } from '../price/price-table.ts'

export interface Advice {
  readonly kind: 'prefix' | 'cache_hits' | 'cache_writes' | 'tier' | 'max_output'
  /** One sentence: what is, and what to change. */
  readonly message: string
  /** Micro-dollars that the calls so far would have cost less; null for what costs quota and no money. */
  readonly saves: number | null
}

/** Fewer calls say nothing. */
const LEAST_CALLS = 20
/** A conversation of many turns reads more than this from the cache; one below it is worth a sentence. */
const GOOD_HITS = 0.5
/** A bound this many times what is used holds back quota for nothing. */
const GENEROUS = 4
/** Micro-dollars below which nobody wants advice. */
const LEAST_SAVING = 1000

/**
 * What would have made these calls cheaper, the most worthwhile first. Pure: the figures may come from a running server or
 * from a ledger, where nothing is known of broken prefixes.
 *
 * @param at epoch milliseconds, for the prices of that day
 */
export function adviceOn(
  used: readonly UsedTokens[],
  broken: readonly BrokenPrefix[],
  table: PriceTable,
  at: number,
): readonly Advice[] {
  const price = pricer(table, at)
  const found = [
    ...broken.map((prefix) => onPrefix(prefix, price)),
    ...used
      .filter(({ calls }) => calls >= LEAST_CALLS)
      .flatMap((one) => [onHits(one, broken, price), onWrites(one, price), onTier(one, price), onBound(one)]),
  ]
  return found
    .filter((advice): advice is Advice => advice !== null && (advice.saves ?? LEAST_SAVING) >= LEAST_SAVING)
    .sort((left, right) => (right.saves ?? 0) - (left.saves ?? 0))
}

type Tokens = Partial<Omit<Usage, 'reasoning'>>
type Pricer = (model: string, tier: string, tokens: Tokens) => number | null

function pricer(table: PriceTable, at: number): Pricer {
  return (model, serviceTier, tokens) => {
    const usage = {
      input: 0,
      cachedInput: 0,
      cacheWrite: 0,
      cacheWrite12h: 0,
      output: 0,
      reasoning: 0,
      ...tokens,
    }
    // Sums of many calls are no long request: they are priced in portions that are none.
    const portions = Math.max(1, Math.ceil(usage.input / PORTION))
    const portion = Object.fromEntries(
      Object.entries(usage).map(([name, count]) => [name, Math.floor(count / portions)]),
    ) as unknown as Usage
    const price = priceOf({ model, serviceTier, usage: portion, at }, table)
    return 'unknown' in price ? null : price.microDollars * portions
  }
}

const PORTION = 100_000

const CHANGES: Readonly<Record<string, string>> = {
  'earlier messages':
    'earlier messages were changed between turns; append to a conversation and rewrite nothing of it',
  tier: 'the tier changed between turns, and tiers share no cache; keep a rollout at one tier',
  time: 'the turns were further apart than the cache remembers; `prompt_cache_retention: 24h` in `extra_body` keeps prompts longer on models that have it',
  unknown: 'the cache had not kept the turn before, for no reason that shows in the requests',
}

function onPrefix({ cause, model, tier, calls, tokens }: BrokenPrefix, price: Pricer): Advice | null {
  const full = price(model, tier, { input: tokens })
  const read = price(model, tier, { input: tokens, cachedInput: tokens })
  if (full === null || read === null) return null
  const change =
    CHANGES[cause] ?? `\`${cause}\` changed between turns; send it alike in every turn of a rollout`
  const message = `In ${calls} calls ${count(tokens)} tokens were not read from the cache: ${change}.`
  return { kind: 'prefix', message, saves: full - read }
}

function onHits(used: UsedTokens, broken: readonly BrokenPrefix[], price: Pricer): Advice | null {
  const { model, tier, calls, input, cachedInput, cacheWrite } = used
  const hits = cachedInput / input
  // Where the causes are known they are worth more than the rate.
  const known = broken.some((prefix) => prefix.model === model && prefix.tier === tier)
  if (known || hits >= GOOD_HITS || input / calls < LEAST_PROMPT || cacheWrite > 0) return null
  const better = Math.round(GOOD_HITS * input)
  const now = price(model, tier, { input, cachedInput })
  const then = price(model, tier, { input, cachedInput: better })
  if (now === null || then === null) return null
  const message =
    `${percentText(hits)} of the input tokens of ${model} were read from the cache; send instructions and tools alike, ` +
    `append to conversations, and let \`savings.prompt_cache\` give rollouts their keys: this is what ${percentText(GOOD_HITS)} would save.`
  return { kind: 'cache_hits', message, saves: now - then }
}

/** OpenAI caches no prompt below it. */
const LEAST_PROMPT = 1024

function onWrites(used: UsedTokens, price: Pricer): Advice | null {
  const { model, tier, input, cachedInput, cacheWrite, cacheWrite12h } = used
  if (cacheWrite === 0) return null
  const now = price(model, tier, { input, cachedInput, cacheWrite, cacheWrite12h })
  const without = price(model, tier, { input })
  if (now === null || without === null) return null
  const message = `${count(cacheWrite)} tokens of ${model} were written into the cache and ${count(cachedInput)} read from it, which cost more than no caching: set \`savings.cache_writes: auto\`, or keep the beginnings of prompts alike.`
  return { kind: 'cache_writes', message, saves: now - without }
}

function onTier(used: UsedTokens, price: Pricer): Advice | null {
  const { model, tier, calls } = used
  const other = tier === 'priority' || tier === 'ultrafast' ? 'default' : tier === 'default' ? 'flex' : null
  if (other === null) return null
  const tokens = { ...used, reasoning: 0 }
  const now = price(model, tier, tokensOf(tokens))
  const then = price(model, other, tokensOf(tokens))
  if (now === null || then === null) return null
  const message =
    other === 'flex'
      ? `${calls} calls of ${model} were served at the default tier; where answers may take longer, \`savings.tier: flex\` costs half.`
      : `${calls} calls of ${model} were served at the ${tier} tier; the default tier costs less where seconds do not count.`
  return { kind: 'tier', message, saves: now - then }
}

function tokensOf({ input, cachedInput, cacheWrite, cacheWrite12h, output }: UsedTokens): Tokens {
  return { input, cachedInput, cacheWrite, cacheWrite12h, output }
}

function onBound({ model, reservedOutput, usedOfReserved }: UsedTokens): Advice | null {
  if (reservedOutput === 0 || reservedOutput < GENEROUS * usedOfReserved) return null
  const message =
    `Requests to ${model} set aside ${count(reservedOutput)} output tokens and used ${count(usedOfReserved)}: a smaller ` +
    '`max_output_tokens` costs nothing and frees tokens per minute for more calls.'
  return { kind: 'max_output', message, saves: null }
}

function count(tokens: number): string {
  if (tokens >= 1_000_000) return `${(tokens / 1_000_000).toFixed(1)} million`
  return tokens.toLocaleString('en')
}
