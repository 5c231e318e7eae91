import { isObject, objectOf, objectsOf, textOf, type JsonObject } from '../../json-value.ts'
import type { RequestContext } from './request-context.ts'

/** The tools that may be called, which of them must be, and whether several may be at once. */
export function translateToolChoice(
  body: JsonObject,
  tools: readonly JsonObject[],
  context: RequestContext,
): JsonObject {
  const choice = body['tool_choice'] ?? null
  // A choice between no tools is refused by most hosts, and means nothing.
  if (tools.length === 0) return {}
  const parallel = body['parallel_tool_calls']
  const chosen = typeof parallel === 'boolean' ? { parallel_tool_calls: parallel } : {}
  if (choice === null || typeof choice === 'string') {
    return { tools, ...(choice === null ? {} : { tool_choice: choice }), ...chosen }
  }
  const { type, name } = objectOf(choice)
  if (type === 'function' || type === 'custom') {
    return { tools, tool_choice: { type: 'function', function: { name } }, ...chosen }
  }
  if (type === 'allowed_tools') return { ...allowedTools(objectOf(choice), tools), ...chosen }
  context.findings.refuse(
    ['tool_choice'],
    `${context.options.host} only speaks Chat Completions: tool_choice may be auto, none, required, a function or allowed_tools.`,
    isObject(choice) ? type : choice,
  )
  return { tools }
}

/** Chat knows no list of allowed tools: the others are not sent at all. */
function allowedTools({ mode, tools: allowed }: JsonObject, tools: readonly JsonObject[]): JsonObject {
  const names = new Set(objectsOf(allowed).map((tool) => textOf(tool['name'])))
  const kept = tools.filter((tool) => names.has(textOf(objectOf(tool['function'])['name'])))
  return kept.length === 0 ? { tools, tool_choice: 'none' } : { tools: kept, tool_choice: mode ?? 'auto' }
}
