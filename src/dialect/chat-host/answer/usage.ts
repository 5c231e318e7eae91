import { chatUsage } from '../../answer-facts.ts'
import type { JsonObject } from '../../json-value.ts'

/** Chat's usage in the words of Responses; null where the host tells none. */
export function responsesUsageOf(value: unknown): JsonObject | null {
  const usage = chatUsage(value)
  if (!usage) return null
  const written = usage.cacheWrite === 0 ? {} : { cache_write_tokens: usage.cacheWrite }
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cachedInput, ...written },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  }
}
