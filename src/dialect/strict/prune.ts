import { isObject, listOf, type JsonObject } from '../json-value.ts'
import { keptMembers, reasoningFields } from './accepted.ts'

/** An item of the input as Gym's models write it: without what they do not have. Items without a type and those of OpenAI's models stay. */
export function prunedItem(item: unknown): unknown {
  if (!isObject(item)) return item
  const type = item['type'] ?? (isMessage(item) ? 'message' : undefined)
  const kept = keep(item, type)
  return Array.isArray(kept['content']) ? { ...kept, content: kept['content'].map(prunedPart) } : kept
}

const roles: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system', 'developer'])

function isMessage({ role, content }: JsonObject): boolean {
  return roles.has(role) && (typeof content === 'string' || Array.isArray(content))
}

function prunedPart(part: unknown): unknown {
  return isObject(part) ? keep(part, part['type']) : part
}

function keep(value: JsonObject, type: unknown): JsonObject {
  const members = typeof type === 'string' && Object.hasOwn(keptMembers, type) ? keptMembers[type] : undefined
  return members ? only(value, members) : value
}

/** Those of the members that are there. */
export function only(value: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => members.includes(name)))
}

/** Members that Gym's models have and the host did not send are null. */
function withNulls(value: JsonObject, members: readonly string[]): JsonObject {
  return { ...Object.fromEntries(members.map((name) => [name, null])), ...value }
}

const optional: Readonly<Record<string, readonly string[]>> = {
  reasoning: ['encrypted_content', 'content'],
  function_call: ['id', 'status'],
  output_text: ['logprobs'],
}

const optionalOfTools: Readonly<Record<string, readonly string[]>> = {
  function: ['description'],
  custom: ['description', 'format'],
  web_search: ['filters', 'search_context_size', 'user_location'],
}

const optionalOfResponses =
  'error incomplete_details instructions metadata temperature top_p background conversation max_output_tokens max_tool_calls previous_response_id prompt prompt_cache_key reasoning safety_identifier service_tier status text top_logprobs truncation usage user'.split(
    ' ',
  )

/** A Responses answer as Gym's model writes it. */
export function prunedResponse(response: JsonObject): JsonObject {
  const { output, tools, reasoning } = response
  return {
    ...withNulls(response, optionalOfResponses),
    output: listOf(output).map(prunedOutput),
    ...(tools === undefined ? {} : { tools: listOf(tools).map((tool) => filled(tool, optionalOfTools)) }),
    ...(isObject(reasoning) ? { reasoning: withNulls(reasoning, reasoningFields) } : {}),
  }
}

function prunedOutput(item: unknown): unknown {
  const pruned = prunedItem(item)
  if (!isObject(pruned)) return pruned
  const { content } = pruned
  const whole = filled(pruned, optional) as JsonObject
  return Array.isArray(content) ? { ...whole, content: content.map((part) => filled(part, optional)) } : whole
}

function filled(value: unknown, members: Readonly<Record<string, readonly string[]>>): unknown {
  if (!isObject(value)) return value
  const type = value['type']
  const names = typeof type === 'string' && Object.hasOwn(members, type) ? members[type] : undefined
  return names ? withNulls(value, names) : value
}

/** A chat completion as Gym's model writes it. */
export function prunedCompletion(completion: JsonObject): JsonObject {
  const choices = listOf(completion['choices']).map((choice) => {
    if (!isObject(choice) || !isObject(choice['message'])) return choice
    const message = withNulls(choice['message'], [
      'content',
      'refusal',
      'audio',
      'function_call',
      'tool_calls',
    ])
    return { ...withNulls(choice, ['logprobs']), message }
  })
  return { ...withNulls(completion, ['service_tier', 'system_fingerprint', 'usage']), choices }
}
