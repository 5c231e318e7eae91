import { listOf, numberOf, objectOf, stringOf, type JsonObject } from '../../json-value.ts'
import type { RequestContext } from './request-context.ts'
import { translateFormat } from './format.ts'

/** Fields that are translated somewhere, or that mean nothing to a host that only chats and change no answer. */
const HANDLED: ReadonlySet<string> = new Set([
  'background',
  'client_metadata',
  'context_management',
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'stream',
  'stream_options',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'truncation',
  'user',
])

/** Fields that are the same in both dialects, but that not every host takes. */
const SAME_NAME = ['prompt_cache_key', 'prompt_cache_retention', 'safety_identifier', 'service_tier'] as const

/** Refuses what changes the answer and cannot be had from a host that only chats. */
export function checkUnsupported(body: JsonObject, { options, findings }: RequestContext): void {
  const refuse = (field: string, instead: string): void => {
    if (body[field] === undefined || body[field] === null || body[field] === false) return
    findings.refuse(
      [field],
      `${options.host} only speaks Chat Completions, which has no ${field}: ${instead}.`,
      body[field],
    )
  }
  refuse('background', 'leave it out, and wait for the answer or stream it')
  refuse('conversation', 'send the whole conversation in input')
  refuse('prompt', 'send its text in instructions and input')
  if (body['truncation'] === 'auto') {
    findings.note('truncation "auto" was left out: a conversation that is too long is refused by the host.')
  }
  if (listOf(body['context_management']).length > 0) {
    findings.note('context_management was left out: a host that only chats compacts nothing.')
  }
}

/** Everything of a request but its messages and tools. */
export function translateSettings(body: JsonObject, context: RequestContext): JsonObject {
  const { options, findings } = context
  const settings: JsonObject = {
    ...translateFormat(body, context),
    ...output(body, context),
    ...effort(body, context),
    ...logprobs(body),
  }
  if (body['stream'] === true) {
    settings['stream'] = true
    settings['stream_options'] = { include_usage: true }
  }
  for (const name of SAME_NAME) {
    const value = body[name] ?? null
    if (value === null) continue
    if (options.takes.has(name)) settings[name] = value
    else if (name === 'service_tier' && value !== 'auto' && value !== 'default') {
      findings.note(`service_tier ${JSON.stringify(value)} was left out: the host has no such tiers.`)
    }
  }
  if (typeof body['user'] === 'string') settings['user'] = body['user']
  // Sampling that Responses does not know, but hosts do: seed, stop, top_k and the like.
  for (const [name, value] of Object.entries(body)) {
    if (!HANDLED.has(name) && value !== null && value !== undefined) settings[name] = value
  }
  return settings
}

/** The request without what the host is known to refuse. */
export function withoutRefused(body: JsonObject, { options, findings }: RequestContext): JsonObject {
  const kept = { ...body }
  for (const name of options.refuses) {
    if (!(name in kept)) continue
    // Several calls at once is what a model does that is not told otherwise.
    const isNoNews = name === 'stream_options' || (name === 'parallel_tool_calls' && kept[name] === true)
    if (!isNoNews) findings.note(`${name} was left out: the host does not take it.`)
    delete kept[name]
  }
  return kept
}

function output(body: JsonObject, { options, isUncapped }: RequestContext): JsonObject {
  const cap = numberOf(body['max_output_tokens'])
  return cap === null || isUncapped ? {} : { [options.outputCap]: Math.min(cap, options.mostOutput ?? cap) }
}

function effort(body: JsonObject, { options, findings }: RequestContext): JsonObject {
  const asked = stringOf(objectOf(body['reasoning'])['effort'])
  if (asked === null) return {}
  if (options.effort === 'reasoning_effort') return { reasoning_effort: asked }
  if (options.effort === 'reasoning') {
    return { reasoning: asked === 'none' ? { enabled: false } : { effort: asked } }
  }
  findings.note('reasoning.effort was left out: the host does not take it.')
  return {}
}

function logprobs(body: JsonObject): JsonObject {
  const count = numberOf(body['top_logprobs']) ?? 0
  const asked = listOf(body['include']).includes('message.output_text.logprobs')
  if (!asked && count === 0) return {}
  return { logprobs: true, ...(count > 0 ? { top_logprobs: count } : {}) }
}
