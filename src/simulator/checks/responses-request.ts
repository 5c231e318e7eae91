import { invalidRequest, invalidValue, unsupportedValue } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import {
  checkIntegerAtLeast,
  checkLength,
  checkMembers,
  checkNumberWithin,
  require,
  type Shape,
} from './shapes.ts'

const shapes: Readonly<Record<string, Shape>> = {
  access_programs: 'object',
  background: 'boolean',
  background_options: 'object',
  client_metadata: 'object',
  context_management: 'array',
  conversation: 'any',
  image: 'object',
  include: 'array',
  input: 'string or array',
  instructions: 'string or array',
  max_output_tokens: 'integer',
  max_tool_calls: 'integer',
  metadata: 'object',
  model: 'string',
  moderation: 'object',
  parallel_tool_calls: 'boolean',
  previous_response_id: 'string',
  prompt: 'object',
  prompt_cache_key: 'string',
  prompt_cache_options: 'object',
  prompt_cache_retention: 'string',
  reasoning: 'object',
  safety_identifier: 'string',
  service_tier: 'string',
  store: 'boolean',
  stream: 'boolean',
  stream_options: 'object',
  temperature: 'number',
  text: 'object',
  tool_choice: 'any',
  tools: 'array',
  top_logprobs: 'integer',
  top_p: 'number',
  truncation: 'string',
  user: 'string',
}

const reasoningShapes: Readonly<Record<string, Shape>> = {
  effort: 'string',
  summary: 'string',
  generate_summary: 'string',
  context: 'string',
  mode: 'string',
}

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
const summaries = ['auto', 'concise', 'detailed']
export const serviceTiers = ['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']

const includes = [
  'web_search_call.action.sources',
  'web_search_call.results',
  'code_interpreter_call.outputs',
  'computer_call_output.output.image_url',
  'file_search_call.results',
  'message.input_image.image_url',
  'message.output_text.logprobs',
  'reasoning.encrypted_content',
]

/** Checks everything of a Responses request but its tools, its format and the items of its input. */
export function checkResponsesRequest(body: JsonObject): void {
  checkMembers(body, shapes)
  if (
    body.previous_response_id === undefined &&
    body.prompt === undefined &&
    body.conversation === undefined
  ) {
    require(body, 'input', 'string or array')
  }
  checkIntegerAtLeast(body.max_output_tokens, 16, 'max_output_tokens')
  checkIntegerAtLeast(body.max_tool_calls, 1, 'max_tool_calls')
  checkNumberWithin(body.temperature, 0, 2, 'temperature')
  checkNumberWithin(body.top_p, 0, 1, 'top_p')
  checkNumberWithin(body.top_logprobs, 0, 20, 'top_logprobs')
  checkLength(body.prompt_cache_key, 64, 'prompt_cache_key')
  checkLength(body.safety_identifier, 128, 'safety_identifier')
  checkMetadata(body.metadata)
  checkOneOf(body.service_tier, serviceTiers, 'service_tier')
  checkOneOf(body.truncation, ['auto', 'disabled'], 'truncation')
  checkOneOf(body.prompt_cache_retention, ['in_memory', '24h'], 'prompt_cache_retention')
  if (isObject(body.reasoning)) {
    checkMembers(body.reasoning, reasoningShapes, 'reasoning.')
    checkOneOf(body.reasoning.effort, efforts, 'reasoning.effort')
    checkOneOf(body.reasoning.summary, summaries, 'reasoning.summary')
  }
  if (isObject(body.text)) {
    checkMembers(body.text, { format: 'object', verbosity: 'string' }, 'text.')
    checkOneOf(body.text.verbosity, ['low', 'medium', 'high'], 'text.verbosity')
  }
  if (isObject(body.stream_options)) {
    checkMembers(body.stream_options, { include_obfuscation: 'boolean' }, 'stream_options.')
  }
  if (Array.isArray(body.include)) {
    for (const [index, value] of body.include.entries()) checkOneOf(value, includes, `include[${index}]`)
  }
}

/** At most 16 pairs; keys of 64 and values of 512 characters. */
export function checkMetadata(metadata: unknown): void {
  if (!isObject(metadata)) return
  const pairs = Object.entries(metadata)
  if (pairs.length > 16) {
    throw invalidRequest(
      `Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with ${pairs.length} properties instead.`,
      'metadata',
      'object_above_max_properties',
    )
  }
  for (const [key, value] of pairs) {
    checkLength(key, 64, `metadata.${key}`)
    checkLength(value, 512, `metadata.${key}`)
  }
}

export function checkOneOf(value: unknown, supported: readonly string[], param: string): void {
  if (value === undefined || value === null || supported.includes(String(value))) return
  throw param.endsWith('effort')
    ? unsupportedValue(param, value, supported)
    : invalidValue(value, supported, param)
}
