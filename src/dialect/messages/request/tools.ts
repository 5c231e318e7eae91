import {
  isObject,
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  stringOf,
  textOf,
  type JsonObject,
} from '../../json-value.ts'
import { knownClientTool } from './client-tools.ts'
import type { Conversation } from './conversation.ts'
import type { Location } from '../../findings.ts'
import { mcpTools } from './mcp-tools.ts'
import type { RequestContext } from './options.ts'
import { isStrictSchema } from './strict-schema.ts'

/** The tools of a request, translated. */
export interface TranslatedTools {
  /** For the top level of the request. */
  readonly tools: readonly JsonObject[]
  /** Loaded in the course of the conversation: to be given where that happened, by the client's name. */
  readonly late: ReadonlyMap<string, JsonObject>
  readonly hasWebSearch: boolean
  /** OpenAI's bound on hosted calls, where the client set one. */
  readonly maxToolCalls: number | null
}

const WEB_SEARCH = /^web_search_\d{8}$/u
const TOOL_SEARCH = /^tool_search_tool_/u

/** Translates `tools` and `mcp_servers`, leaving out deferred tools that nothing has loaded yet. */
export function translateTools(
  body: JsonObject,
  conversation: Conversation,
  context: RequestContext,
): TranslatedTools {
  const declared = [...listOf(body['tools']), ...conversation.defined]
  // A search that ran at Anthropic is not needed when the model sees every tool from the start.
  const searchedByServer = objectsOf(declared).some((tool) => TOOL_SEARCH.test(textOf(tool['type'])))
  const tools: JsonObject[] = []
  const late = new Map<string, JsonObject>()
  for (const [index, tool] of declared.entries()) {
    const location: Location = ['tools', index]
    if (!isObject(tool)) {
      context.findings.refuse(location, 'A tool must be an object.', tool, 'dict_type')
      continue
    }
    const name = textOf(tool['name'])
    const deferred = tool['defer_loading'] === true && !searchedByServer
    if (conversation.removed.has(name) || (deferred && !conversation.loaded.has(name))) continue
    const translated = translateTool(tool, location, context)
    if (translated === null) continue
    if (deferred && context.options.additionalTools) late.set(name, translated)
    else tools.push(translated)
  }
  tools.push(...mcpTools(body, context))
  const hasWebSearch = tools.some((tool) => tool['type'] === 'web_search')
  return { tools, late, hasWebSearch, maxToolCalls: maxToolCalls(declared, tools, context) }
}

function translateTool(tool: JsonObject, location: Location, context: RequestContext): JsonObject | null {
  const type = textOf(tool['type'])
  if (type === '' || type === 'custom') return functionTool(tool, location, context)
  if (WEB_SEARCH.test(type)) return webSearch(tool, location, context)
  if (TOOL_SEARCH.test(type) || type === 'mcp_toolset') return null
  const known = knownClientTool(tool)
  if (known !== null) {
    const name = context.names.upstream(textOf(tool['name']))
    return {
      type: 'function',
      name,
      description: known.description,
      parameters: known.parameters,
      strict: false,
    }
  }
  context.findings.refuse(
    [...location, 'type'],
    `OpenAI has no counterpart for the tool "${type}": remove it or give the client a function of its own for it.`,
    type,
  )
  return null
}

function functionTool(tool: JsonObject, location: Location, context: RequestContext): JsonObject | null {
  const name = stringOf(tool['name'])
  if (name === null || name === '') {
    context.findings.refuse([...location, 'name'], 'A tool needs a name.', tool['name'], 'missing')
    return null
  }
  const callers = listOf(tool['allowed_callers'])
  if (callers.length > 0 && !callers.includes('direct')) {
    context.findings.refuse(
      [...location, 'allowed_callers'],
      `Only Anthropic's code execution could call the tool "${name}": allow direct calls.`,
      callers,
    )
  }
  const schema = objectOf(tool['input_schema'])
  return {
    type: 'function',
    name: context.names.upstream(name),
    ...(describe(tool) === '' ? {} : { description: describe(tool) }),
    // OpenAI wants `properties` to be there even when it is empty.
    parameters: { type: 'object', properties: {}, ...schema },
    // Without the word, OpenAI would take the schema as strict and make optional properties required.
    strict: isStrict(tool['strict'], schema, `tool "${name}"`, context),
  }
}

/** A strict schema as far as OpenAI can hold it. */
export function isStrict(
  wanted: unknown,
  schema: JsonObject,
  what: string,
  context: RequestContext,
): boolean {
  if (wanted !== true) return false
  if (isStrictSchema(schema)) return true
  context.findings.note(
    `The schema of ${what} is followed but not enforced: OpenAI enforces only schemas whose objects require every property and forbid others.`,
  )
  return false
}

function describe(tool: JsonObject): string {
  const examples = listOf(tool['input_examples']).map((example) => JSON.stringify(example))
  const description = textOf(tool['description'])
  if (examples.length === 0) return description
  return `${description}\n\nExamples of input:\n${examples.join('\n')}`.trimStart()
}

function webSearch(tool: JsonObject, location: Location, context: RequestContext): JsonObject {
  const allowed = listOf(tool['allowed_domains'])
  const place = objectOf(tool['user_location'])
  if (listOf(tool['blocked_domains']).length > 0) {
    context.findings.refuse(
      [...location, 'blocked_domains'],
      "OpenAI's web search can only be limited to domains, not kept from them: use allowed_domains.",
      tool['blocked_domains'],
    )
  }
  return {
    type: 'web_search',
    ...(allowed.length > 0 ? { filters: { allowed_domains: allowed } } : {}),
    ...(Object.keys(place).length > 0 ? { user_location: place } : {}),
  }
}

/** `max_uses` of one tool is OpenAI's bound over all hosted calls, so it can be kept only for a tool alone. */
function maxToolCalls(
  declared: readonly unknown[],
  tools: readonly JsonObject[],
  context: RequestContext,
): number | null {
  const index = declared.findIndex((tool) => WEB_SEARCH.test(textOf(objectOf(tool)['type'])))
  const uses = numberOf(objectOf(declared[index])['max_uses'])
  if (uses === null) return null
  if (tools.filter((tool) => tool['type'] !== 'function').length > 1) {
    context.findings.refuse(
      ['tools', index, 'max_uses'],
      'OpenAI bounds the calls of all hosted tools together: leave max_uses out or send no MCP servers beside the web search.',
      uses,
    )
  }
  return uses
}
