import { WEB_SEARCH_ID, MCP_ID } from '../hosted-ids.ts'
import { objectsOf, textOf, type JsonObject } from '../../json-value.ts'
import { writeArguments } from '../tool-arguments.ts'

/** A call that the provider ran itself, as its `…_tool_use` block told it. */
export interface HostedUse {
  readonly name: string
  readonly server: string | null
  readonly input: JsonObject
}

/** OpenAI's item for a hosted call it made; a sentence for one that another provider made. */
export function hostedCall(id: string, use: HostedUse, result: JsonObject): JsonObject | string {
  const isMcp = use.server !== null
  const itemId = isMcp ? MCP_ID.toItem(id) : WEB_SEARCH_ID.toItem(id)
  const output = resultText(result)
  if (itemId === null) {
    const call = isMcp ? `${use.name} of ${use.server}` : use.name
    return `Called ${call} with ${writeArguments(use.input)}. Result:\n${output}`
  }
  if (!isMcp) {
    const { query, type, ...rest } = use.input
    const action = { type: type ?? 'search', ...(type === undefined ? { query } : {}), ...rest }
    return { type: 'web_search_call', id: itemId, status: 'completed', action }
  }
  const failed = result['is_error'] === true
  return {
    type: 'mcp_call',
    id: itemId,
    server_label: use.server,
    name: use.name,
    arguments: writeArguments(use.input),
    output: failed ? null : output,
    error: failed ? output : null,
  }
}

function resultText(result: JsonObject): string {
  const content = result['content']
  if (typeof content === 'string') return content
  return objectsOf(content)
    .map((part) =>
      part['type'] === 'web_search_result'
        ? `${textOf(part['title'])} ${textOf(part['url'])}`
        : textOf(part['text']),
    )
    .join('\n')
}
