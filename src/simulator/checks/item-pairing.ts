import { invalidRequest, type ApiError } from '../http/api-error.ts'
import { requiredReasoningId } from '../ids.ts'
import type { JsonObject } from '../model/json.ts'
import type { ToolSet } from './tools.ts'

/** What a check of a whole conversation needs to know from elsewhere. */
export interface PairingContext {
  /** Whether an item with this id is stored here. */
  isStored(id: string): boolean
  /** The id of the reasoning item inside an `encrypted_content`; throws an ApiError when it is not genuine. */
  decrypt(encryptedContent: string, itemId: string): string
}

const callWords: Readonly<Record<string, string>> = {
  function_call: 'function call',
  custom_tool_call: 'custom tool call',
}

/**
 * Checks how the items of a conversation hang together: every output answers a call before it, every call has
 * its output, no id comes twice, reasoning items are known or carry genuine encrypted content, and an item with
 * an id made after reasoning comes with that reasoning.
 */
export function checkPairing(items: readonly JsonObject[], firstNew: number, context: PairingContext): void {
  const open = new Map<string, string>()
  const known = new Set<string>()
  const ids = new Set<string>()
  const reasoning = new Set<string>()
  for (const [index, item] of items.entries()) {
    const type = String(item.type)
    const callId = String(item.call_id)
    if (Object.hasOwn(callWords, type)) {
      open.set(callId, type)
      known.add(callId)
    } else if (type === 'function_call_output' || type === 'custom_tool_call_output') {
      if (!known.has(callId)) throw orphaned(type, callId)
      open.delete(callId)
    } else if (type === 'reasoning') {
      checkReasoning(item, index >= firstNew, context, reasoning)
    }
    if (typeof item.id !== 'string' || type === 'reasoning') continue
    if (ids.has(item.id)) throw duplicate(item.id)
    ids.add(item.id)
    checkRequiredReasoning(item.id, type, reasoning)
  }
  for (const [callId, type] of open) {
    throw invalidRequest(`No tool output found for ${callWords[type]} ${callId}.`, 'input')
  }
}

function checkReasoning(
  item: JsonObject,
  isNew: boolean,
  context: PairingContext,
  reasoning: Set<string>,
): void {
  const id = typeof item.id === 'string' ? item.id : ''
  if (id !== '') reasoning.add(id)
  if (!isNew) return
  if (typeof item.encrypted_content === 'string') {
    reasoning.add(context.decrypt(item.encrypted_content, id))
  } else if (id !== '' && !context.isStored(id)) {
    throw notPersisted(id)
  }
}

function checkRequiredReasoning(id: string, type: string, reasoning: ReadonlySet<string>): void {
  const required = requiredReasoningId(id)
  if (required === null || reasoning.has(required)) return
  throw invalidRequest(
    `Item '${id}' of type '${type}' was provided without its required 'reasoning' item: '${required}'.`,
    'input',
  )
}

/** A call by a name that only exists inside a namespace has to say which. */
export function checkNamespaces(items: readonly JsonObject[], firstNew: number, tools: ToolSet): void {
  if (!tools.callable.some((tool) => tool.namespace !== null)) return
  for (const [index, item] of items.entries()) {
    if (index < firstNew || item.type !== 'function_call' || typeof item.namespace === 'string') continue
    const named = tools.callable.filter((tool) => tool.name === item.name)
    if (named.length === 0 || named.some((tool) => tool.namespace === null)) continue
    const message =
      `Missing namespace for function_call '${String(item.name)}'. It does not exist in the default namespace. ` +
      "Round-trip the model's function_call item with its namespace field included."
    throw invalidRequest(message, `input[${index - firstNew}].namespace`)
  }
}

export function notPersisted(id: string): ApiError {
  return invalidRequest(
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. ` +
      'Try again with `store` set to true, or remove this item from your input.',
    'input',
    null,
    404,
  )
}

function orphaned(type: string, callId: string): ApiError {
  const what = type === 'function_call_output' ? 'function call output' : 'custom tool call output'
  return invalidRequest(`No tool call found for ${what} with call_id ${callId}.`, 'input')
}

function duplicate(id: string): ApiError {
  const message = `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`
  return invalidRequest(message, 'input')
}
