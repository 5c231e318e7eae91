import { isObject, objectOf, stringOf, type JsonObject } from '../../json-value.ts'
import type { RequestContext } from './request-context.ts'

/** `text`: the format of the answer, and how long-winded it may be. */
export function translateFormat(body: JsonObject, { options, findings }: RequestContext): JsonObject {
  const text = objectOf(body['text'])
  const format = text['format']
  const settings: JsonObject = {}
  const verbosity = stringOf(text['verbosity'])
  if (verbosity !== null) {
    if (options.takes.has('verbosity')) settings['verbosity'] = verbosity
    else findings.note('text.verbosity was left out: the host does not take it.')
  }
  if (!isObject(format) || format['type'] === 'text') return settings
  if (format['type'] === 'json_object') return { ...settings, response_format: { type: 'json_object' } }
  if (format['type'] === 'json_schema') {
    const { type: _, ...schema } = format
    return { ...settings, response_format: { type: 'json_schema', json_schema: schema } }
  }
  findings.refuse(
    ['text', 'format'],
    `A format of type ${JSON.stringify(format['type'])} cannot be asked of a host that only chats: use json_schema, json_object or text.`,
    format['type'],
  )
  return settings
}
