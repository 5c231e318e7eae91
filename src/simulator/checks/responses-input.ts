import { invalidRequest, invalidValue, missingParameter, unknownParameter } from '../http/api-error.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import { checkContentParts } from './content-parts.ts'
import { checkLength, invalidType, require } from './shapes.ts'

/** The members of the items that clients write most; other types are taken as they come. */
const itemMembers: Readonly<Record<string, readonly string[]>> = {
  message: ['type', 'role', 'content', 'id', 'status', 'phase'],
  function_call: ['type', 'id', 'call_id', 'name', 'arguments', 'status', 'namespace', 'caller', 'async'],
  function_call_output: ['type', 'id', 'call_id', 'output', 'status', 'caller', 'name', 'namespace'],
  custom_tool_call: ['type', 'id', 'call_id', 'name', 'input', 'status', 'namespace', 'caller', 'async'],
  custom_tool_call_output: ['type', 'id', 'call_id', 'output', 'status', 'caller'],
  reasoning: ['type', 'id', 'summary', 'content', 'encrypted_content', 'status'],
  item_reference: ['type', 'id'],
  compaction: ['type', 'id', 'encrypted_content', 'created_by'],
  additional_tools: ['type', 'id', 'role', 'tools'],
}

/** What Codex notes for itself on each of its items where it takes the host for OpenAI. */
export const CODEX_METADATA = 'internal_chat_message_metadata_passthrough'

const otherTypes = [
  'file_search_call',
  'web_search_call',
  'computer_call',
  'computer_call_output',
  'code_interpreter_call',
  'image_generation_call',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'mcp_list_tools',
  'mcp_approval_request',
  'mcp_approval_response',
  'mcp_call',
  'tool_search_call',
  'tool_search_output',
  'configuration_update',
  'compaction_trigger',
  'program',
  'program_output',
]

/** What the id of an item has to begin with. */
const idPrefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  web_search_call: 'ws',
  compaction: 'cmp',
}

/** Checks each item of a Responses input by itself: type, members, id, content. */
export function checkInputItems(input: readonly Json[]): void {
  for (const [index, item] of input.entries()) {
    const at = `input[${index}]`
    if (!isObject(item)) throw invalidType(at, 'an input item', item)
    checkItem(item, at)
  }
}

function checkItem(item: JsonObject, at: string): void {
  const type = item.type ?? 'message'
  if (typeof type !== 'string') throw invalidType(`${at}.type`, 'a string', type)
  const members = Object.hasOwn(itemMembers, type) ? itemMembers[type] : undefined
  if (members === undefined) {
    if (!otherTypes.includes(type)) {
      throw invalidValue(type, [...Object.keys(itemMembers), ...otherTypes], `${at}.type`)
    }
  } else {
    const unknown = Object.keys(item).find((key) => key !== CODEX_METADATA && !members.includes(key))
    if (unknown !== undefined) throw unknownParameter(`${at}.${unknown}`)
  }
  checkId(item.id, idPrefixes[type], `${at}.id`)
  switch (type) {
    case 'message':
      return checkMessage(item, at)
    case 'function_call':
      return checkStrings(item, ['call_id', 'name', 'arguments'], at)
    case 'custom_tool_call':
      return checkStrings(item, ['call_id', 'name', 'input'], at)
    case 'function_call_output':
    case 'custom_tool_call_output':
      checkStrings(item, ['call_id'], at)
      if (item.output === undefined) throw missingParameter(`${at}.output`)
      return checkContentParts(item.output, 'user', `${at}.output`)
    case 'reasoning':
      return require(item, 'summary', 'array', `${at}.`)
    case 'item_reference':
      return require(item, 'id', 'string', `${at}.`)
    default:
  }
}

function checkMessage(item: JsonObject, at: string): void {
  if (item.role === undefined) throw missingParameter(`${at}.role`)
  const roles = ['assistant', 'system', 'developer', 'user']
  if (!roles.includes(String(item.role))) throw invalidValue(item.role, roles, `${at}.role`)
  if (item.content === undefined) throw missingParameter(`${at}.content`)
  checkContentParts(item.content, item.role === 'assistant' ? 'assistant' : 'user', `${at}.content`)
}

function checkStrings(item: JsonObject, keys: readonly string[], at: string): void {
  for (const key of keys) require(item, key, 'string', `${at}.`)
  checkLength(item.call_id, 64, `${at}.call_id`)
}

function checkId(id: unknown, prefix: string | undefined, param: string): void {
  if (id === undefined || id === null) return
  if (typeof id !== 'string') throw invalidType(param, 'a string', id)
  checkLength(id, 64, param)
  if (prefix !== undefined && !id.startsWith(prefix)) {
    throw invalidRequest(
      `Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`,
      param,
      'invalid_value',
    )
  }
  if (!/^[A-Za-z0-9_-]*$/.test(id)) {
    throw invalidRequest(
      `Invalid '${param}': '${id}'. Expected an ID that contains letters, numbers, underscores, or dashes, but this value contained additional characters.`,
      param,
      'invalid_value',
    )
  }
}
