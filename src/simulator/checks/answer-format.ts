import { invalidRequest, invalidValue } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import type { AnswerFormat } from '../model/prompt.ts'
import { invalidType, require } from './shapes.ts'
import { strictSchemaProblem } from './strict-schema.ts'

/**
 * Reads `text.format` (Responses) or `response_format` (chat), whose schema lies one level deeper; `mentionsJson`
 * tells whether the prompt has the word JSON in it, without which `json_object` is refused.
 */
export function readAnswerFormat(
  format: unknown,
  api: 'responses' | 'chat',
  mentionsJson: () => boolean,
): AnswerFormat {
  const path = api === 'responses' ? 'text.format' : 'response_format'
  if (format === undefined || format === null) return { type: 'text' }
  if (!isObject(format)) throw invalidType(path, 'an object', format)
  require(format, 'type', 'string', `${path}.`)
  switch (format.type) {
    case 'text':
      return { type: 'text' }
    case 'json_object':
      if (!mentionsJson()) throw noMention(api)
      return { type: 'json_object' }
    case 'json_schema':
      return readJsonSchema(format, path, api)
    default:
      throw invalidValue(format.type, ['json_object', 'json_schema', 'text'], `${path}.type`)
  }
}

function readJsonSchema(format: JsonObject, path: string, api: 'responses' | 'chat'): AnswerFormat {
  const definition = api === 'responses' ? format : format.json_schema
  const inside = api === 'responses' ? path : `${path}.json_schema`
  if (!isObject(definition)) throw invalidType(inside, 'an object', definition)
  require(definition, 'name', 'string', `${inside}.`)
  if (api === 'responses') require(definition, 'schema', 'object', `${inside}.`)
  const schema = isObject(definition.schema) ? definition.schema : {}
  if (definition.strict === true) {
    const problem = strictSchemaProblem(schema)
    if (problem !== null) {
      throw invalidRequest(
        `Invalid schema for response_format '${String(definition.name)}': ${problem}`,
        api === 'responses' ? 'text.format.schema' : 'response_format',
        'invalid_json_schema',
      )
    }
  }
  return { type: 'json_schema', schema }
}

function noMention(api: 'responses' | 'chat'): Error {
  return api === 'responses'
    ? invalidRequest(
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        'input',
      )
    : invalidRequest(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        'messages',
      )
}
