import { invalidRequest } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import { checkMetadata, checkOneOf, serviceTiers } from './responses-request.ts'
import {
  checkIntegerAtLeast,
  checkLength,
  checkMembers,
  checkNumberWithin,
  require,
  type Shape,
} from './shapes.ts'

const shapes: Readonly<Record<string, Shape>> = {
  audio: 'object',
  frequency_penalty: 'number',
  function_call: 'any',
  functions: 'array',
  logit_bias: 'object',
  logprobs: 'boolean',
  max_completion_tokens: 'integer',
  max_tokens: 'integer',
  messages: 'array',
  metadata: 'object',
  modalities: 'array',
  model: 'string',
  moderation: 'object',
  n: 'integer',
  parallel_tool_calls: 'boolean',
  prediction: 'object',
  presence_penalty: 'number',
  prompt_cache_key: 'string',
  prompt_cache_options: 'object',
  prompt_cache_retention: 'string',
  reasoning_effort: 'string',
  response_format: 'object',
  safety_identifier: 'string',
  seed: 'integer',
  service_tier: 'string',
  stop: 'string or array',
  store: 'boolean',
  stream: 'boolean',
  stream_options: 'object',
  temperature: 'number',
  tool_choice: 'any',
  tools: 'array',
  top_logprobs: 'integer',
  top_p: 'number',
  user: 'string',
  verbosity: 'string',
  web_search_options: 'object',
}

/** Checks everything of a chat request but its messages, its tools and its format. */
export function checkChatRequest(body: JsonObject): void {
  checkMembers(body, shapes)
  require(body, 'messages', 'array')
  checkNumberWithin(body.temperature, 0, 2, 'temperature')
  checkNumberWithin(body.top_p, 0, 1, 'top_p')
  checkNumberWithin(body.frequency_penalty, -2, 2, 'frequency_penalty')
  checkNumberWithin(body.presence_penalty, -2, 2, 'presence_penalty')
  checkNumberWithin(body.top_logprobs, 0, 20, 'top_logprobs')
  checkIntegerAtLeast(body.max_completion_tokens, 1, 'max_completion_tokens')
  checkIntegerAtLeast(body.max_tokens, 1, 'max_tokens')
  checkIntegerAtLeast(body.n, 1, 'n')
  checkNumberWithin(body.n, 1, 128, 'n')
  checkLength(body.prompt_cache_key, 64, 'prompt_cache_key')
  checkLength(body.safety_identifier, 128, 'safety_identifier')
  checkMetadata(body.metadata)
  checkOneOf(
    body.service_tier,
    serviceTiers.filter((tier) => tier !== 'ultrafast'),
    'service_tier',
  )
  checkOneOf(body.verbosity, ['low', 'medium', 'high'], 'verbosity')
  checkOneOf(
    body.reasoning_effort,
    ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    'reasoning_effort',
  )
  if (Array.isArray(body.stop) && body.stop.length > 4) {
    throw invalidRequest(
      `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${body.stop.length} instead.`,
      'stop',
      'array_above_max_length',
    )
  }
  checkOnlyWith(
    body,
    'stream_options',
    'stream',
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
  )
  checkOnlyWith(
    body,
    'parallel_tool_calls',
    'tools',
    "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
  )
  if (isObject(body.stream_options)) {
    checkMembers(
      body.stream_options,
      { include_usage: 'boolean', include_obfuscation: 'boolean' },
      'stream_options.',
    )
  }
}

function checkOnlyWith(body: JsonObject, param: string, needed: string, message: string): void {
  const present = body[param] !== undefined && body[param] !== null
  const allowed = body[needed] !== undefined && body[needed] !== null && body[needed] !== false
  if (present && !allowed) throw invalidRequest(message, param)
}
