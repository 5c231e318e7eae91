import { isObject, listOf, objectOf } from '../../json-value.ts'

const NESTED_LISTS = ['anyOf', 'allOf', 'oneOf', 'prefixItems']
const NESTED_MAPS = ['properties', '$defs', 'definitions']

/**
 * True when OpenAI takes the schema with `strict: true`: every object must forbid further properties and require all of its
 * own. Anthropic's strict mode also allows optional properties.
 */
export function isStrictSchema(schema: unknown): boolean {
  if (!isObject(schema)) return false
  const properties = objectOf(schema['properties'])
  const isObjectSchema = schema['type'] === 'object' || schema['properties'] !== undefined
  if (isObjectSchema) {
    const required = new Set(listOf(schema['required']))
    if (schema['additionalProperties'] !== false) return false
    if (Object.keys(properties).some((name) => !required.has(name))) return false
  }
  if (schema['items'] !== undefined && !isStrictSchema(schema['items'])) return false
  return (
    NESTED_LISTS.every((key) => listOf(schema[key]).every(isStrictSchema)) &&
    NESTED_MAPS.every((key) => Object.values(objectOf(schema[key])).every(isStrictSchema))
  )
}
