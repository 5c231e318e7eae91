import { isObject, listOf, objectOf, objectsOf, stringOf, textOf, type JsonObject } from '../../json-value.ts'
import type { RequestContext } from './request-context.ts'

const NO_PARAMETERS: Readonly<JsonObject> = { type: 'object', properties: {} }

/** The one parameter of a function that stands for a custom tool. */
export const CUSTOM_INPUT = 'input'

/** The tools of a request, those that its input brings along included, in Chat's form. */
export function translateTools(body: JsonObject, context: RequestContext): readonly JsonObject[] {
  const brought = objectsOf(body['input']).filter((item) => item['type'] === 'additional_tools')
  const all = [
    ...listOf(body['tools']).map((tool, index) => ({ tool, location: ['tools', index] })),
    ...brought.flatMap((item) =>
      listOf(item['tools']).map((tool, index) => ({ tool, location: ['input', 'additional_tools', index] })),
    ),
  ]
  return all.flatMap(({ tool, location }) => translateTool(objectOf(tool), location, context))
}

function translateTool(
  tool: JsonObject,
  location: readonly (string | number)[],
  { options, findings }: RequestContext,
): readonly JsonObject[] {
  if (tool['type'] === 'function') return [functionTool(tool)]
  if (tool['type'] === 'custom') return [customTool(tool)]
  const type = textOf(tool['type']) || 'without a type'
  if (options.hostedTools === 'drop') {
    findings.note(`The tool ${type} was left out: only OpenAI can run it.`)
    return []
  }
  findings.refuse(
    location,
    `${options.host} only speaks Chat Completions and cannot run the tool ${type}: send function tools, or set chat.hosted_tools: drop to go without it.`,
    type,
  )
  return []
}

function functionTool({ name, description, parameters, strict }: JsonObject): JsonObject {
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' ? { description } : {}),
      parameters: isObject(parameters) ? parameters : NO_PARAMETERS,
      ...(strict === true ? { strict } : {}),
    },
  }
}

/** A tool that takes free text becomes a function with one text; what the text must look like is told in words. */
function customTool({ name, description, format }: JsonObject): JsonObject {
  const grammar = objectOf(format)
  const definition = stringOf(grammar['definition'])
  const told = [
    stringOf(description) ?? '',
    definition === null
      ? ''
      : `The input must match this ${textOf(grammar['syntax'])} grammar:\n${definition}`,
  ].filter((text) => text !== '')
  return {
    type: 'function',
    function: {
      name,
      ...(told.length > 0 ? { description: told.join('\n\n') } : {}),
      parameters: {
        type: 'object',
        properties: {
          [CUSTOM_INPUT]: { type: 'string', description: 'The input of the tool, as plain text.' },
        },
        required: [CUSTOM_INPUT],
        additionalProperties: false,
      },
    },
  }
}
