import { invalidRequest, invalidValue, missingParameter } from '../http/api-error.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { Tool } from '../model/prompt.ts'
import { checkLength, checkMembers, invalidType, require, type Shape } from './shapes.ts'
import { looseSchemaProblem, strictSchemaProblem } from './strict-schema.ts'

/** The tools of a request: those the model can call, and the types of those that run at OpenAI. */
export interface ToolSet {
  readonly callable: Tool[]
  readonly hosted: Set<string>
}

const hostedTypes = [
  'web_search',
  'web_search_preview',
  'file_search',
  'computer',
  'computer_use_preview',
  'code_interpreter',
  'image_generation',
  'local_shell',
  'shell',
  'apply_patch',
  'mcp',
  'tool_search',
  'programmatic_tool_calling',
]

const functionShapes: Readonly<Record<string, Shape>> = {
  type: 'string',
  name: 'string',
  description: 'string',
  parameters: 'object',
  strict: 'boolean',
  defer_loading: 'boolean',
  async: 'boolean',
  allowed_callers: 'array',
  output_schema: 'any',
}

const customShapes: Readonly<Record<string, Shape>> = {
  type: 'string',
  name: 'string',
  description: 'string',
  format: 'object',
  defer_loading: 'boolean',
  async: 'boolean',
  allowed_callers: 'array',
}

/** Checks the tools of a Responses request and adds them to `set`; `path` is `tools` or `input[3].tools`. */
export function readResponsesTools(
  tools: unknown,
  path: string,
  set: ToolSet,
  namespace: string | null = null,
): void {
  if (tools === undefined || tools === null) return
  if (!Array.isArray(tools)) throw invalidType(path, 'an array of objects', tools)
  for (const [index, tool] of tools.entries()) {
    const at = `${path}[${index}]`
    if (!isObject(tool)) throw invalidType(at, 'an object', tool)
    require(tool, 'type', 'string', `${at}.`)
    readResponsesTool(tool, at, set, namespace)
  }
}

function readResponsesTool(tool: JsonObject, at: string, set: ToolSet, namespace: string | null): void {
  switch (tool.type) {
    case 'function':
      require(tool, 'name', 'string', `${at}.`)
      checkMembers(tool, functionShapes, `${at}.`)
      set.callable.push(readFunction(tool, at, namespace))
      return
    case 'custom':
      require(tool, 'name', 'string', `${at}.`)
      checkMembers(tool, customShapes, `${at}.`)
      set.callable.push(readCustom(tool, at, namespace))
      return
    case 'namespace':
      require(tool, 'name', 'string', `${at}.`)
      readResponsesTools(tool.tools, `${at}.tools`, set, String(tool.name))
      return
    default:
      if (!hostedTypes.includes(baseType(tool.type))) {
        throw invalidValue(tool.type, ['function', 'custom', 'namespace', ...hostedTypes], `${at}.type`)
      }
      set.hosted.add(String(tool.type))
  }
}

/** Checks the tools of a chat request, where the definition is nested: `{type, function: {name, …}}`. */
export function readChatTools(tools: unknown, set: ToolSet): void {
  if (tools === undefined || tools === null) return
  if (!Array.isArray(tools)) throw invalidType('tools', 'an array of objects', tools)
  if (tools.length === 0) {
    throw invalidRequest(
      "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'tools',
      'empty_array',
    )
  }
  for (const [index, tool] of tools.entries()) {
    const at = `tools[${index}]`
    if (!isObject(tool)) throw invalidType(at, 'an object', tool)
    require(tool, 'type', 'string', `${at}.`)
    if (tool.type !== 'function' && tool.type !== 'custom') {
      throw invalidValue(tool.type, ['function', 'custom'], `${at}.type`)
    }
    const definition = tool[tool.type]
    if (definition === undefined) throw missingParameter(`${at}.${tool.type}`)
    if (!isObject(definition)) throw invalidType(`${at}.${tool.type}`, 'an object', definition)
    const inside = `${at}.${tool.type}`
    require(definition, 'name', 'string', `${inside}.`)
    checkMembers(definition, tool.type === 'function' ? functionShapes : customShapes, `${inside}.`)
    set.callable.push(
      tool.type === 'function'
        ? readFunction(definition, inside, null)
        : readCustom(definition, inside, null),
    )
  }
}

function readFunction(definition: JsonObject, at: string, namespace: string | null): Tool {
  const name = String(definition.name)
  checkName(name, `${at}.name`)
  const schema = isObject(definition.parameters) ? definition.parameters : null
  if (schema !== null) {
    const problem = definition.strict === true ? strictSchemaProblem(schema) : looseSchemaProblem(schema)
    if (problem !== null) {
      const message = `Invalid schema for function '${name}': ${problem}`
      throw invalidRequest(message, `${at}.parameters`, 'invalid_function_parameters')
    }
  }
  return {
    kind: 'function',
    name,
    namespace,
    description: text(definition.description),
    schema: schema ?? { type: 'object', properties: {} },
    deferred: definition.defer_loading === true,
  }
}

function readCustom(definition: JsonObject, at: string, namespace: string | null): Tool {
  const name = String(definition.name)
  checkName(name, `${at}.name`)
  return {
    kind: 'custom',
    name,
    namespace,
    description: text(definition.description),
    schema: {},
    deferred: definition.defer_loading === true,
  }
}

function checkName(name: string, param: string): void {
  checkLength(name, 64, param)
  if (/^[a-zA-Z0-9_-]+$/.test(name)) return
  throw invalidRequest(
    `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
    param,
    'invalid_value',
  )
}

// Hosted tools also go by dated names: web_search_2025_08_26, web_search_preview_2025_03_11.
function baseType(type: Json | undefined): string {
  return String(type).replace(/_20\d\d_\d\d_\d\d$/, '')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
