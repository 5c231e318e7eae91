import { invalidRequest, invalidValue, missingParameter, unknownParameter } from '../http/api-error.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import { invalidType, require } from './shapes.ts'

/**
 * `parsed` is put into a message by OpenAI's own SDKs, for their caller, and goes back with it: over Responses, which refuses such
 * members, they leave them out, over Chat they do not.
 */
const assistantMembers = [
  'role',
  'content',
  'name',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
  'annotations',
  'parsed',
]

const messageMembers: Readonly<Record<string, readonly string[]>> = {
  system: ['role', 'content', 'name'],
  developer: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  assistant: assistantMembers,
  tool: ['role', 'content', 'tool_call_id', 'name'],
  function: ['role', 'content', 'name'],
}

const partMembers: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text', 'prompt_cache_breakpoint'],
  image_url: ['type', 'image_url', 'prompt_cache_breakpoint'],
  input_audio: ['type', 'input_audio'],
  refusal: ['type', 'refusal'],
  file: ['type', 'file', 'prompt_cache_breakpoint'],
}

/**
 * Checks the messages of a chat request, and that tool calls and tool messages pair up.
 * @param reasoning the member in which a host takes back what its model thought; OpenAI takes none
 */
export function checkChatMessages(messages: readonly Json[], reasoning: string | null = null): void {
  if (messages.length === 0) {
    throw invalidRequest(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    )
  }
  let open = new Set<string>()
  let callsBefore = false
  for (const [index, message] of messages.entries()) {
    const at = `messages[${index}]`
    if (!isObject(message)) throw invalidType(at, 'an object', message)
    checkMessage(message, at, index, reasoning)
    if (message.role === 'tool') {
      const id = String(message.tool_call_id)
      if (!callsBefore) throw strayToolMessage(index)
      open.delete(id)
      continue
    }
    if (open.size > 0) throw unanswered(open)
    const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject) : []
    open = new Set(calls.map((call) => String(call.id)))
    callsBefore = calls.length > 0
  }
  if (open.size > 0) throw unanswered(open)
}

function checkMessage(message: JsonObject, at: string, index: number, reasoning: string | null): void {
  const role = message.role
  if (role === undefined) throw missingParameter(`${at}.role`)
  const members =
    typeof role === 'string' && Object.hasOwn(messageMembers, role) ? messageMembers[role] : undefined
  if (members === undefined) throw invalidValue(role, Object.keys(messageMembers), `${at}.role`)
  const unknown = Object.keys(message).find(
    (key) => !members.includes(key) && !(role === 'assistant' && key === reasoning),
  )
  if (unknown !== undefined) throw unknownParameter(`${at}.${unknown}`)
  if (role === 'tool') require(message, 'tool_call_id', 'string', `${at}.`)
  checkContent(message, at, index)
  if (role !== 'assistant' || message.tool_calls === undefined || message.tool_calls === null) return
  if (!Array.isArray(message.tool_calls))
    throw invalidType(`${at}.tool_calls`, 'an array of objects', message.tool_calls)
  for (const [order, call] of message.tool_calls.entries()) checkCall(call, `${at}.tool_calls[${order}]`)
}

function checkContent(message: JsonObject, at: string, index: number): void {
  const content = message.content
  if (content === undefined || content === null) {
    const saysMore = ['tool_calls', 'function_call', 'refusal', 'audio'].some(
      (key) => (message[key] ?? null) !== null,
    )
    if (message.role === 'assistant' && saysMore) return
    if (message.role === 'function') return
    const got = content === null ? 'null' : 'nothing'
    throw invalidRequest(
      `Invalid value for 'content': expected a string, got ${got}.`,
      `messages.[${index}].content`,
    )
  }
  if (typeof content === 'string') return
  if (!Array.isArray(content))
    throw invalidType(`${at}.content`, 'one of a string or array of objects', content)
  for (const [order, part] of content.entries()) {
    const inside = `${at}.content[${order}]`
    if (!isObject(part)) throw invalidType(inside, 'an object', part)
    const type = String(part.type)
    const members = Object.hasOwn(partMembers, type) ? partMembers[type] : undefined
    if (members === undefined) throw invalidValue(type, Object.keys(partMembers), `${inside}.type`)
    // OpenAI's own Agents SDK repeats an assistant's message in each of its parts.
    const taken = message.role === 'assistant' ? [...members, ...assistantMembers] : members
    const unknown = Object.keys(part).find((key) => !taken.includes(key))
    if (unknown !== undefined) throw unknownParameter(`${inside}.${unknown}`)
  }
}

function checkCall(call: Json, at: string): void {
  if (!isObject(call)) throw invalidType(at, 'an object', call)
  require(call, 'id', 'string', `${at}.`)
  require(call, 'type', 'string', `${at}.`)
  const inner = call[String(call.type)]
  if (!isObject(inner)) throw missingParameter(`${at}.${String(call.type)}`)
  require(inner, 'name', 'string', `${at}.${String(call.type)}.`)
  if (call.type === 'function') require(inner, 'arguments', 'string', `${at}.function.`)
}

function strayToolMessage(index: number): Error {
  return invalidRequest(
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    `messages.[${index}].role`,
  )
}

function unanswered(open: ReadonlySet<string>): Error {
  return invalidRequest(
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      `The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
    'messages',
  )
}
