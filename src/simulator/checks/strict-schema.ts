import { isObject, type JsonObject } from '../model/json.ts'
import { follow } from '../model/resolve-schema.ts'

/**
 * What OpenAI's strict mode would say against a schema, without its `Invalid schema for …: ` beginning; null when
 * it takes it. Every object must forbid further properties and require all it has; references must resolve;
 * arrays must say what they hold.
 */
export function strictSchemaProblem(schema: JsonObject): string | null {
  if (schema.type !== 'object') return typeProblem(schema)
  return problemAt(schema, schema, [], 0)
}

/** What is wrong with any function's parameters, strict or not. */
export function looseSchemaProblem(schema: JsonObject): string | null {
  return schema.type === 'object' ? arrayProblem(schema, []) : typeProblem(schema)
}

function typeProblem(schema: JsonObject): string {
  const got = typeof schema.type === 'string' ? schema.type : 'None'
  return `schema must be a JSON Schema of 'type: "object"', got 'type: "${got}"'.`
}

function problemAt(
  schema: JsonObject,
  root: JsonObject,
  path: readonly string[],
  depth: number,
): string | null {
  if (depth > 60) return null
  if (typeof schema.$ref === 'string') {
    if (follow(schema.$ref, root) !== undefined) return null
    return `In context=${context(path)}, reference to component '${schema.$ref}' which was not found in the schema.`
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  if (types.includes('object')) {
    const problem = objectProblem(schema, path)
    if (problem !== null) return problem
  }
  if (types.includes('array') && !isObject(schema.items) && schema.prefixItems === undefined) {
    return `In context=${context(path)}, array schema missing items.`
  }
  for (const [step, child] of children(schema)) {
    const problem = problemAt(child, root, [...path, ...step], depth + 1)
    if (problem !== null) return problem
  }
  return null
}

function objectProblem(schema: JsonObject, path: readonly string[]): string | null {
  if (schema.additionalProperties !== false) {
    return `In context=${context(path)}, 'additionalProperties' is required to be supplied and to be false.`
  }
  const required = Array.isArray(schema.required) ? schema.required : []
  const missing = Object.keys(isObject(schema.properties) ? schema.properties : {}).find(
    (key) => !required.includes(key),
  )
  if (missing === undefined) return null
  return `In context=${context(path)}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`
}

function arrayProblem(schema: JsonObject, path: readonly string[]): string | null {
  if (schema.type === 'array' && schema.items === undefined && schema.prefixItems === undefined) {
    return `In context=${context(path)}, array schema missing items.`
  }
  for (const [step, child] of children(schema)) {
    const problem = arrayProblem(child, [...path, ...step])
    if (problem !== null) return problem
  }
  return null
}

/** The schemas inside a schema, each with the steps that lead to it. */
function* children(schema: JsonObject): Generator<[readonly string[], JsonObject]> {
  for (const group of ['properties', '$defs', 'definitions']) {
    const members = schema[group]
    if (!isObject(members)) continue
    for (const [name, child] of Object.entries(members)) if (isObject(child)) yield [[group, name], child]
  }
  for (const group of ['anyOf', 'allOf', 'oneOf']) {
    const branches = schema[group]
    if (!Array.isArray(branches)) continue
    for (const [index, child] of branches.entries())
      if (isObject(child)) yield [[group, String(index)], child]
  }
  if (isObject(schema.items)) yield [['items'], schema.items]
}

// Python's way to print a tuple, as OpenAI's messages have it.
function context(path: readonly string[]): string {
  if (path.length === 1) return `('${path[0]}',)`
  return `(${path.map((step) => `'${step}'`).join(', ')})`
}
