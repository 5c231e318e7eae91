import { isObject, listOf, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import type { Location } from '../../findings.ts'
import type { RequestContext } from './options.ts'

/** Every server of `mcp_servers` as one of OpenAI's `mcp` tools. */
export function mcpTools(body: JsonObject, context: RequestContext): readonly JsonObject[] {
  const toolsets = objectsOf(body['tools']).filter((tool) => tool['type'] === 'mcp_toolset')
  return listOf(body['mcp_servers']).flatMap((server, index) => {
    const location: Location = ['mcp_servers', index]
    if (!isObject(server) || stringOf(server['url']) === null || stringOf(server['name']) === null) {
      context.findings.refuse(location, 'An MCP server needs a name and a url.', null, 'missing')
      return []
    }
    const configuration = objectOf(server['tool_configuration'])
    if (configuration['enabled'] === false) return []
    const toolset = toolsets.find((each) => each['mcp_server_name'] === server['name'])
    const allowed =
      toolset === undefined ? stringList(configuration['allowed_tools']) : allowedTools(toolset, context)
    const token = stringOf(server['authorization_token'])
    return [
      {
        type: 'mcp',
        server_label: server['name'],
        server_url: server['url'],
        // Messages knows no approvals: a server in the list may be used.
        require_approval: 'never',
        ...(token === null ? {} : { authorization: token }),
        ...(allowed === null ? {} : { allowed_tools: allowed }),
      },
    ]
  })
}

/** The tools a toolset turns on by name; null for all. */
function allowedTools(toolset: JsonObject, context: RequestContext): readonly string[] | null {
  const configs = Object.entries(objectOf(toolset['configs']))
  if (objectOf(toolset['default_config'])['enabled'] === false) {
    return configs.filter(([, config]) => objectOf(config)['enabled'] === true).map(([name]) => name)
  }
  const off = configs.filter(([, config]) => objectOf(config)['enabled'] === false).map(([name]) => name)
  if (off.length > 0) {
    context.findings.refuse(
      ['tools'],
      `OpenAI can only be told which MCP tools to use, not which to leave: turn the tools of "${textOf(toolset['mcp_server_name'])}" off by default and on one by one.`,
      off,
    )
  }
  return null
}

function stringList(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : null
}
