import { invalidRequest, invalidValue, type ApiError } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import type { Tool, ToolChoice } from '../model/prompt.ts'
import type { ToolSet } from './tools.ts'

const modes = ['none', 'auto', 'required']

/** Reads `tool_choice` of a Responses request; a tool that is not in the list is a 400. */
export function readResponsesToolChoice(choice: unknown, tools: ToolSet): ToolChoice {
  const mode = readMode(choice, tools)
  if (mode !== null) return mode
  if (!isObject(choice)) throw invalidValue(choice, modes, 'tool_choice')
  if (choice.type === 'allowed_tools') {
    const entries = Array.isArray(choice.tools) ? choice.tools.filter(isObject) : []
    const only = entries.flatMap((entry) => findTools(entry, tools))
    return { mode: choice.mode === 'required' ? 'required' : 'auto', only }
  }
  const only = findTools(choice, tools)
  return { mode: only.length === 0 ? 'auto' : 'required', only: only.length === 0 ? null : only }
}

/** Reads `tool_choice` of a chat request: `{type, function: {name}}`. */
export function readChatToolChoice(choice: unknown, tools: ToolSet): ToolChoice {
  if (choice !== undefined && choice !== null && choice !== 'none' && tools.callable.length === 0) {
    throw invalidRequest(
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
      'tool_choice',
    )
  }
  const mode = readMode(choice, tools)
  if (mode !== null) return mode
  if (!isObject(choice)) throw invalidValue(choice, modes, 'tool_choice')
  if (choice.type === 'allowed_tools' && isObject(choice.allowed_tools)) {
    const list = choice.allowed_tools.tools
    const only = (Array.isArray(list) ? list : [])
      .filter(isObject)
      .flatMap((entry) => findTools(flatten(entry), tools))
    return { mode: choice.allowed_tools.mode === 'required' ? 'required' : 'auto', only }
  }
  return { mode: 'required', only: findTools(flatten(choice), tools) }
}

function readMode(choice: unknown, tools: ToolSet): ToolChoice | null {
  if (choice === undefined || choice === null || choice === 'auto') return { mode: 'auto', only: null }
  if (choice === 'none') return { mode: 'none', only: null }
  if (choice !== 'required') return null
  if (tools.callable.length === 0 && tools.hosted.size === 0) {
    const message = "Tool choice 'required' must be specified with 'tools' parameter."
    throw invalidRequest(message, 'tool_choice')
  }
  return { mode: 'required', only: null }
}

function findTools(entry: JsonObject, tools: ToolSet): Tool[] {
  if (entry.type !== 'function' && entry.type !== 'custom') {
    if (tools.hosted.has(String(entry.type))) return []
    throw notFound(String(entry.type))
  }
  const found = tools.callable.find(
    (tool) =>
      tool.kind === entry.type &&
      tool.name === entry.name &&
      (typeof entry.namespace !== 'string' || tool.namespace === entry.namespace),
  )
  if (found === undefined) throw notFound(String(entry.name ?? entry.type))
  return [found]
}

function notFound(name: string): ApiError {
  return invalidRequest(`Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice')
}

function flatten(choice: JsonObject): JsonObject {
  const inner = choice[String(choice.type)]
  return isObject(inner) ? { type: choice.type, name: inner.name } : choice
}
