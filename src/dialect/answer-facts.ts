import type { AnswerFacts, Usage } from '../call/outcome.ts'
import { nested, parsed, stringValue, type Envelope } from '../lib/json-envelope.ts'

/** What is known of an answer that says nothing. */
export const noFacts: AnswerFacts = {
  id: null,
  model: null,
  serviceTier: null,
  status: null,
  stopReason: null,
  usage: null,
}

/** What a response object of the Responses API says of itself. */
export function responseFacts(response: Envelope): AnswerFacts {
  const incomplete = nested(response, 'incomplete_details')
  return {
    id: stringValue(response, 'id') ?? null,
    model: stringValue(response, 'model') ?? null,
    serviceTier: stringValue(response, 'service_tier') ?? null,
    status: stringValue(response, 'status') ?? null,
    stopReason: (incomplete && stringValue(incomplete, 'reason')) ?? null,
    usage: responsesUsage(parsed(response, 'usage')),
  }
}

/** The tokens of a `usage` object in the words of Responses; null where it has none. */
export function responsesUsage(value: unknown): Usage | null {
  return usageOf(value, RESPONSES)
}

/** The tokens of a `usage` object in the words of Chat; null where it has none. */
export function chatUsage(value: unknown): Usage | null {
  return usageOf(value, CHAT)
}

/** What the members of a `usage` object are called. */
interface UsageNames {
  readonly input: string
  readonly output: string
  readonly inputDetails: string
  readonly outputDetails: string
}

const RESPONSES: UsageNames = {
  input: 'input_tokens',
  output: 'output_tokens',
  inputDetails: 'input_tokens_details',
  outputDetails: 'output_tokens_details',
}

const CHAT: UsageNames = {
  input: 'prompt_tokens',
  output: 'completion_tokens',
  inputDetails: 'prompt_tokens_details',
  outputDetails: 'completion_tokens_details',
}

function usageOf(value: unknown, names: UsageNames): Usage | null {
  const usage = objectOf(value)
  const inputTokens = count(usage[names.input])
  const outputTokens = count(usage[names.output])
  if (inputTokens === null && outputTokens === null) return null
  const inputDetails = objectOf(usage[names.inputDetails])
  const outputDetails = objectOf(usage[names.outputDetails])
  const written = objectOf(inputDetails['cache_write_tokens_details'])
  const hidden = hiddenOutput(usage, inputTokens ?? 0, outputTokens ?? 0)
  return {
    input: inputTokens ?? 0,
    cachedInput: count(inputDetails['cached_tokens']) ?? count(usage['prompt_cache_hit_tokens']) ?? 0,
    cacheWrite: count(inputDetails['cache_write_tokens']) ?? 0,
    cacheWrite12h: count(written['ttl_12h_tokens']) ?? 0,
    output: (outputTokens ?? 0) + hidden,
    reasoning: count(outputDetails['reasoning_tokens']) ?? hidden,
  }
}

/** Gemini counts its thoughts in the total alone, and bills them as output. */
function hiddenOutput(usage: Record<string, unknown>, input: number, output: number): number {
  return Math.max(0, (count(usage['total_tokens']) ?? 0) - input - output)
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}
