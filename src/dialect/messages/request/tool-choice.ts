import { isObject, objectOf, textOf, type JsonObject } from '../../json-value.ts'
import type { RequestContext } from './options.ts'
import type { TranslatedTools } from './tools.ts'

/** `tool_choice` and, out of it, `parallel_tool_calls`; nothing where there are no tools, as OpenAI demands. */
export function translateToolChoice(
  body: JsonObject,
  translated: TranslatedTools,
  context: RequestContext,
): JsonObject {
  const choice = body['tool_choice']
  if (choice === undefined || choice === null) return {}
  if (!isObject(choice)) {
    context.findings.refuse(['tool_choice'], 'tool_choice must be an object.', choice, 'dict_type')
    return {}
  }
  const type = textOf(choice['type'])
  const hasTools = translated.tools.length > 0 || translated.late.size > 0
  if (!hasTools) {
    if (type === 'any' || type === 'tool') {
      context.findings.refuse(['tool_choice'], 'tool_choice demands a tool but the request gives none.', type)
    }
    return {}
  }
  const parallel = choice['disable_parallel_tool_use'] === true ? { parallel_tool_calls: false } : {}
  switch (type) {
    case 'auto':
      return { tool_choice: 'auto', ...parallel }
    case 'any':
      return { tool_choice: 'required', ...parallel }
    case 'none':
      return { tool_choice: 'none', ...parallel }
    case 'tool':
      return { tool_choice: named(textOf(choice['name']), translated, context), ...parallel }
    default:
      context.findings.refuse(
        ['tool_choice', 'type'],
        'tool_choice.type must be auto, any, tool or none.',
        type,
        'literal_error',
      )
      return {}
  }
}

function named(name: string, translated: TranslatedTools, context: RequestContext): JsonObject {
  const upstream = context.names.upstream(name)
  const known = [...translated.tools, ...translated.late.values()].some(
    (tool) => objectOf(tool)['name'] === upstream,
  )
  if (known) return { type: 'function', name: upstream }
  if (name === 'web_search' && translated.hasWebSearch) return { type: 'web_search' }
  context.findings.refuse(
    ['tool_choice', 'name'],
    `tool_choice names "${name}", which is not among the tools the model can see.`,
    name,
  )
  return {}
}
