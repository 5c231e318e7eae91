import type { ErrorFields } from '../http/api-error.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { Model } from '../models/model-table.ts'
import { effortOf } from '../models/capabilities.ts'
import type { Price } from '../plugs.ts'

/** What the object says beside the request's own words. */
export interface ResponseFacts {
  readonly id: string
  readonly createdAt: number
  readonly model: Model
  readonly inputTransformations: readonly JsonObject[]
}

const noToolUsage = {
  image_gen: {
    input_tokens: 0,
    input_tokens_details: { image_tokens: 0, text_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { image_tokens: 0, text_tokens: 0 },
    total_tokens: 0,
  },
  web_search: { num_requests: 0 },
}

/** The response object as it is created: every member OpenAI sends, in its order, still without an answer. */
export function newResponseObject(
  body: JsonObject,
  { id, createdAt, model, inputTransformations }: ResponseFacts,
): JsonObject {
  const newest = model.chat === 'tools-if-none' || model.chat === 'no-tools'
  const given = (name: string, fallback: Json): Json => body[name] ?? fallback
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status: 'in_progress',
    access_programs: null,
    background: given('background', false),
    billing: { payer: 'developer' },
    completed_at: null,
    ...(body.conversation === undefined ? {} : { conversation: conversation(body.conversation) }),
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    ...(inputTransformations.length === 0 ? {} : { input_transformations: [...inputTransformations] }),
    instructions: given('instructions', null),
    max_output_tokens: given('max_output_tokens', null),
    max_tool_calls: given('max_tool_calls', null),
    model: model.served,
    moderation: null,
    output: [],
    parallel_tool_calls: given('parallel_tool_calls', true),
    presence_penalty: 0,
    previous_response_id: given('previous_response_id', null),
    prompt_cache_key: given('prompt_cache_key', null),
    ...(isObject(body.prompt_cache_options) ? { prompt_cache_options: body.prompt_cache_options } : {}),
    prompt_cache_retention: given('prompt_cache_retention', newest ? '24h' : 'in_memory'),
    reasoning: reasoning(body.reasoning, model, newest),
    safety_identifier: given('safety_identifier', null),
    service_tier: given('service_tier', 'auto'),
    store: given('store', true),
    temperature: given('temperature', 1),
    text: text(body.text),
    tool_choice: given('tool_choice', 'auto'),
    tool_usage: noToolUsage,
    tools: Array.isArray(body.tools) ? body.tools.map(echoedTool) : [],
    top_logprobs: given('top_logprobs', 0),
    top_p: given('top_p', newest ? 0.98 : 1),
    truncation: given('truncation', 'disabled'),
    usage: null,
    user: given('user', null),
    metadata: given('metadata', {}),
  }
}

/** The split of tokens; input counts cached and written ones too, output counts reasoning. */
export function responseUsage(
  inputTokens: number,
  outputTokens: number,
  reasoningTokens: number,
  price: Price,
): JsonObject {
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cache_write_tokens: price.cacheWriteTokens,
      ...(price.cacheWriteDetails === undefined
        ? {}
        : { cache_write_tokens_details: { ...price.cacheWriteDetails } }),
      cached_tokens: price.cachedTokens,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  }
}

export function failedResponse(object: JsonObject, error: ErrorFields): JsonObject {
  return {
    ...object,
    status: 'failed',
    error: { code: error.code ?? 'server_error', message: error.message },
  }
}

function conversation(given: Json): Json {
  return typeof given === 'string' ? { id: given } : given
}

function reasoning(given: Json | undefined, model: Model, newest: boolean): JsonObject {
  const asked = isObject(given) ? given : {}
  if (model.efforts.length === 0) return { effort: null, summary: null }
  // `auto` is answered with the kind of summary the model makes.
  const summary = asked.summary === 'auto' ? 'detailed' : (asked.summary ?? null)
  return {
    context: asked.context ?? (newest ? 'all_turns' : 'current_turn'),
    effort: effortOf(model, asked.effort),
    mode: asked.mode ?? 'standard',
    summary,
  }
}

function text(given: Json | undefined): JsonObject {
  const asked = isObject(given) ? given : {}
  const format = isObject(asked.format) ? asked.format : { type: 'text' }
  const echoed: JsonObject =
    format.type === 'json_schema'
      ? {
          type: 'json_schema',
          description: format.description ?? null,
          name: format.name,
          schema: format.schema,
          strict: format.strict ?? true,
        }
      : { type: format.type }
  return { format: echoed, verbosity: asked.verbosity ?? 'medium' }
}

function echoedTool(tool: Json): Json {
  if (!isObject(tool) || tool.type !== 'function') return tool
  const { type, description, name, output_schema, parameters, strict, ...others } = tool
  return {
    type,
    description: description ?? null,
    name,
    output_schema: output_schema ?? null,
    parameters: parameters ?? null,
    strict: strict ?? true,
    ...others,
  }
}
