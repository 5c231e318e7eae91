import { isObject } from '../../lib/json-object.ts'
import type { ModelFacts, PriceColumns, PriceData, PricePeriod, PriceTier } from './price-table.ts'

/**
 * A price table from a file's JSON: Spotter's own format, or LiteLLM's `model_prices_and_context_window.json`
 * (models of the provider `openai`). Throws a sentence for anything else.
 */
export function priceDataFrom(json: unknown): PriceData {
  if (!isObject(json)) throw new Error('a price table is a JSON object')
  if (Array.isArray(json['models'])) {
    if (
      !json['models'].every(
        (model) => isObject(model) && typeof model['id'] === 'string' && Array.isArray(model['prices']),
      )
    ) {
      throw new Error('every model of a price table has an "id" and "prices"')
    }
    return json as unknown as PriceData
  }
  const models = Object.entries(json).flatMap(([id, value]) =>
    isObject(value) &&
    value['litellm_provider'] === 'openai' &&
    typeof value['input_cost_per_token'] === 'number'
      ? [fromLiteLlm(id, value)]
      : [],
  )
  if (models.length === 0)
    throw new Error('holds no price table: neither "models" nor models of LiteLLM\'s provider "openai"')
  return {
    date: 'unknown',
    longContext: { aboveInputTokens: 272_000, inputPercent: 200, outputPercent: 150 },
    sources: { litellm: 'model_prices_and_context_window.json' },
    rateLimits: {},
    models,
  }
}

/** LiteLLM's suffix for each tier's fields. It names no 12-hour write. */
const LITELLM_SUFFIX: readonly (readonly [PriceTier, string])[] = [
  ['standard', ''],
  ['batch', '_batches'],
  ['flex', '_flex'],
  ['priority', '_priority'],
]

function fromLiteLlm(id: string, value: Readonly<Record<string, unknown>>): ModelFacts {
  const price = (key: string): number | null => {
    const dollarsPerToken = value[key]
    return typeof dollarsPerToken === 'number' ? Math.round(dollarsPerToken * 1e12) : null
  }
  const tiers: Partial<Record<PriceTier, PriceColumns>> = {}
  for (const [tier, suffix] of LITELLM_SUFFIX) {
    const input = price(`input_cost_per_token${suffix}`)
    if (input === null) continue
    const cached = price(`cache_read_input_token_cost${suffix}`)
    const written = price(`cache_creation_input_token_cost${suffix}`)
    tiers[tier] = [input, cached, written, null, price(`output_cost_per_token${suffix}`)]
  }
  const period: PricePeriod = { from: null, confidence: 'medium', ...tiers }
  const count = (key: string): number | null => (typeof value[key] === 'number' ? value[key] : null)
  return {
    id,
    aliases: [],
    snapshots: [],
    released: null,
    shutdown: typeof value['deprecation_date'] === 'string' ? value['deprecation_date'] : null,
    contextWindow: null,
    maxInput: count('max_input_tokens'),
    maxOutput: count('max_output_tokens'),
    reasoning: value['supports_reasoning'] === true,
    efforts: [],
    defaultEffort: null,
    responses: true,
    chat: value['mode'] !== 'responses',
    batch: tiers.batch !== undefined,
    responsesTools: value['supports_function_calling'] === true ? 'yes' : 'unknown',
    chatTools: 'unknown',
    structuredOutputs: value['supports_response_schema'] === true,
    sampling: 'unknown',
    cache: tiers.standard?.[2] ? 'breakpoints' : 'automatic',
    limits: null,
    confidence: 'medium',
    sources: ['litellm'],
    prices: [period],
  }
}
