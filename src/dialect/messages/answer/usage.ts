import { numberOf, objectOf, type JsonObject } from '../../json-value.ts'

/**
 * OpenAI's usage in Anthropic's terms. OpenAI counts cached and newly cached tokens within `input_tokens`; Anthropic beside
 * them, so that the three add up to the prompt.
 * @param searches web searches the answer made
 */
export function messageUsage(value: unknown, searches: number): JsonObject {
  const usage = objectOf(value)
  const details = objectOf(usage['input_tokens_details'])
  const read = numberOf(details['cached_tokens']) ?? 0
  const written = numberOf(details['cache_write_tokens']) ?? 0
  const thinking = numberOf(objectOf(usage['output_tokens_details'])['reasoning_tokens'])
  return {
    input_tokens: Math.max(0, (numberOf(usage['input_tokens']) ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: numberOf(usage['output_tokens']) ?? 0,
    ...(thinking === null ? {} : { output_tokens_details: { thinking_tokens: thinking } }),
    ...(searches === 0 ? {} : { server_tool_use: { web_search_requests: searches, web_fetch_requests: 0 } }),
  }
}

/** What only a whole message says: the lifetimes of new cache entries, shorter and longer, and the tier. */
export function messageUsageDetails(response: JsonObject): JsonObject {
  const details = objectOf(objectOf(response['usage'])['input_tokens_details'])
  const written = numberOf(details['cache_write_tokens']) ?? 0
  const long = numberOf(objectOf(details['cache_write_tokens_details'])['ttl_12h_tokens']) ?? 0
  const tier = response['service_tier']
  return {
    cache_creation: {
      ephemeral_5m_input_tokens: Math.max(0, written - long),
      ephemeral_1h_input_tokens: long,
    },
    service_tier: tier === 'priority' || tier === 'fast' ? 'priority' : 'standard',
  }
}
