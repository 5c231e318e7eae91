import { isObject, type Json, type JsonObject } from './json.ts'

/** Follows `$ref` (within the document) and folds `allOf` into one flat schema. */
export function resolveSchema(schema: JsonObject, root: JsonObject, depth = 0): JsonObject {
  if (depth > 50) return schema
  if (typeof schema.$ref === 'string') {
    const { $ref, ...siblings } = schema
    const target = follow($ref, root)
    return resolveSchema(merge(isObject(target) ? target : {}, siblings), root, depth + 1)
  }
  if (!Array.isArray(schema.allOf)) return schema
  const { allOf, ...rest } = schema
  let merged: JsonObject = rest
  for (const part of allOf) {
    if (isObject(part)) merged = merge(merged, resolveSchema(part, root, depth + 1))
  }
  return resolveSchema(merged, root, depth + 1)
}

/** What a JSON pointer in a `$ref` points at; undefined when nothing is there. */
export function follow(reference: string, root: JsonObject): Json | undefined {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  let node: Json | undefined = root
  for (const step of reference.slice(2).split('/')) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(node)) node = node[Number(key)]
    else node = isObject(node) ? node[key] : undefined
  }
  return node
}

/** Both schemas at once: bounds tighten, properties and required names add up, branches of both must hold. */
function merge(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = { ...left, ...right }
  for (const key of Object.keys(left)) {
    const a = left[key]
    const b = right[key]
    if (a === undefined || b === undefined) continue
    if (key === 'required' && Array.isArray(a) && Array.isArray(b)) merged[key] = [...new Set([...a, ...b])]
    else if (key === 'enum' && Array.isArray(a) && Array.isArray(b)) {
      const kept = new Set(b.map((value) => JSON.stringify(value)))
      merged[key] = a.filter((value) => kept.has(JSON.stringify(value)))
    } else if (key === 'properties' && isObject(a) && isObject(b)) merged[key] = mergeProperties(a, b)
    else if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(a))
      merged.allOf = [...list(merged.allOf), { [key]: a }]
    else if (lowerBounds.has(key)) merged[key] = Math.max(Number(a), Number(b))
    else if (upperBounds.has(key)) merged[key] = Math.min(Number(a), Number(b))
    else if (key === 'type') merged[key] = narrower(a, b)
  }
  return merged
}

const lowerBounds = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'])
const upperBounds = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'])

function mergeProperties(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = { ...left, ...right }
  for (const name of Object.keys(left)) {
    const a = left[name]
    const b = right[name]
    if (isObject(a) && isObject(b)) merged[name] = { allOf: [a, b] }
  }
  return merged
}

function narrower(left: Json, right: Json): Json {
  const a = Array.isArray(left) ? left : [left]
  const b = Array.isArray(right) ? right : [right]
  const both = a.filter((type) => b.includes(type) || (type === 'integer' && b.includes('number')))
  if (both.length === 0 && b.includes('integer') && a.includes('number')) return 'integer'
  return both.length === 1 ? (both[0] ?? right) : both
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}
