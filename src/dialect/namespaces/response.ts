import { isObject, listOf, stringOf, type JsonObject } from '../json-value.ts'
import type { Original } from './request.ts'

/** An item of an answer as the client knows it; the same object where it names no tool of a namespace. */
export function restoreItem(item: JsonObject, { names }: Original): JsonObject {
  if (item['type'] !== 'function_call' && item['type'] !== 'custom_tool_call') return item
  const known = names.get(stringOf(item['name']) ?? '')
  return known ? { ...item, ...known } : item
}

/** A Responses object: the calls in its output, and what it repeats of the request. */
export function restoreResponse(response: JsonObject, original: Original): JsonObject {
  const restored = { ...response }
  if (Array.isArray(response['output'])) {
    restored['output'] = listOf(response['output']).map((item) =>
      isObject(item) ? restoreItem(item, original) : item,
    )
  }
  if (original.tools !== undefined && 'tools' in response) restored['tools'] = original.tools
  if (original.toolChoice !== undefined && 'tool_choice' in response) {
    restored['tool_choice'] = original.toolChoice
  }
  return restored
}
