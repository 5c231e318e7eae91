import { MCP_ID, WEB_SEARCH_ID } from '../hosted-ids.ts'
import { itemSignature, reasoningSignature, reasoningText, type NextItem } from '../item-ids.ts'
import { isObject, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import type { AnswerPlan } from '../request.ts'
import { parseArguments } from '../tool-arguments.ts'

/** Items whose work the client would have to do, in forms that Messages does not have. */
const CLIENT_RUN = new Set([
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_approval_request',
])

/** A sentence when an item cannot be given to a Messages client, else null. */
export function unsupportedItem(item: JsonObject): string | null {
  const type = textOf(item['type'])
  if (!CLIENT_RUN.has(type)) return null
  return `The model answered with "${type}", which the Messages API has no form for: do not give it tools of that kind.`
}

/** The content blocks of one output item other than a message. `next` is the item after it. */
export function itemBlocks(item: JsonObject, next: NextItem | null, plan: AnswerPlan): readonly JsonObject[] {
  switch (item['type']) {
    case 'reasoning':
      return plan.thinking === 'hidden' ? [] : [thinkingBlock(item, next, plan)]
    case 'function_call':
      return [{ ...toolUseStart(item, plan), input: parseArguments(textOf(item['arguments'])) }]
    case 'web_search_call':
      return webSearchBlocks(item)
    case 'mcp_call':
      return mcpBlocks(item)
    default:
      // Compactions, tool listings and the like: nothing to show, but the next turn wants them back.
      return plan.thinking === 'hidden'
        ? []
        : [{ type: 'thinking', thinking: '', signature: itemSignature(item) }]
  }
}

function thinkingBlock(item: JsonObject, next: NextItem | null, plan: AnswerPlan): JsonObject {
  const thinking = plan.thinking === 'shown' ? reasoningText(item) : ''
  return { type: 'thinking', thinking, signature: reasoningSignature(item, next) }
}

/** A `tool_use` block as a stream begins it: without input. Its id is the call's, so that it can be found at OpenAI. */
export function toolUseStart(item: JsonObject, plan: AnswerPlan): JsonObject {
  const name = textOf(item['name'])
  const id = stringOf(item['call_id']) ?? textOf(item['id'])
  return { type: 'tool_use', id, name: plan.toolNames.get(name) ?? name, input: {} }
}

function webSearchBlocks(item: JsonObject): readonly JsonObject[] {
  const id = WEB_SEARCH_ID.toBlock(textOf(item['id']))
  const { type, sources, ...action } = objectOf(item['action'])
  const input = type === undefined || type === 'search' ? searchInput(action) : { type, ...action }
  const content = objectsOf(sources).map((source) => ({
    type: 'web_search_result',
    url: textOf(source['url']),
    title: stringOf(source['title']) ?? textOf(source['url']),
    encrypted_content: '',
    page_age: null,
  }))
  const failed = item['status'] === 'failed'
  return [
    { type: 'server_tool_use', id, name: 'web_search', input },
    {
      type: 'web_search_tool_result',
      tool_use_id: id,
      content: failed ? { type: 'web_search_tool_result_error', error_code: 'unavailable' } : content,
    },
  ]
}

function searchInput(action: JsonObject): JsonObject {
  const [query] = Array.isArray(action['queries']) ? (action['queries'] as readonly unknown[]) : []
  return { ...action, query: stringOf(action['query']) ?? textOf(query) }
}

function mcpBlocks(item: JsonObject): readonly JsonObject[] {
  const id = MCP_ID.toBlock(textOf(item['id']))
  const error = item['error']
  const failed = error !== null && error !== undefined
  const message = isObject(error) ? (stringOf(error['message']) ?? JSON.stringify(error)) : textOf(error)
  return [
    {
      type: 'mcp_tool_use',
      id,
      name: textOf(item['name']),
      server_name: textOf(item['server_label']),
      input: parseArguments(textOf(item['arguments'])),
    },
    {
      type: 'mcp_tool_result',
      tool_use_id: id,
      is_error: failed,
      content: [{ type: 'text', text: failed ? message : textOf(item['output']) }],
    },
  ]
}

/** A URL annotation of OpenAI's text as one of Anthropic's citations, or null for other annotations. */
export function citation(annotation: JsonObject): JsonObject | null {
  if (annotation['type'] !== 'url_citation') return null
  return {
    type: 'web_search_result_location',
    url: textOf(annotation['url']),
    title: stringOf(annotation['title']),
    cited_text: '',
    encrypted_index: '',
  }
}
