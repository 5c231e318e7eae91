import { isObject, type Json, type JsonObject } from './json.ts'
import { samplePattern } from './pattern-sample.ts'
import type { Random } from './random.ts'
import { resolveSchema } from './resolve-schema.ts'
import { sampleString } from './string-sample.ts'

/** Beyond this depth only what is required is made, and branches that end soonest are taken. */
const deep = 6
/** Beyond this a recursive schema is cut off with null; only an endless schema gets here. */
const deepest = 40

/**
 * Makes a value that is valid for a JSON schema: required properties only, the smallest arrays, the same value
 * for the same random numbers. `hint` gives texts for string properties by their name, and may return undefined.
 */
export function sampleJson(
  schema: JsonObject,
  random: Random,
  hint: (name: string) => string | undefined = () => undefined,
): Json {
  const sampler = new Sampler(schema, random, hint)
  return sampler.value(schema, 'value', 0)
}

class Sampler {
  readonly #root: JsonObject
  readonly #random: Random
  readonly #hint: (name: string) => string | undefined

  constructor(root: JsonObject, random: Random, hint: (name: string) => string | undefined) {
    this.#root = root
    this.#random = random
    this.#hint = hint
  }

  value(raw: unknown, name: string, depth: number): Json {
    if (!isObject(raw) || depth > deepest) return depth > deepest ? null : name
    const schema = resolveSchema(raw, this.#root)
    if (schema.const !== undefined) return schema.const
    if (Array.isArray(schema.enum)) return this.#pick(schema.enum, depth) ?? null
    const branches = schema.anyOf ?? schema.oneOf
    if (Array.isArray(branches) && branches.length > 0) return this.#branch(schema, branches, name, depth)
    switch (this.#type(schema, depth)) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return this.#array(schema, name, depth)
      case 'integer':
        return this.#number(schema, 1)
      case 'number':
        return this.#number(schema, 0)
      case 'boolean':
        return this.#random.below(2) === 1
      case 'null':
        return null
      default:
        return this.#string(schema, name)
    }
  }

  // The rest of the schema holds beside the branch: both together are one schema.
  #branch(schema: JsonObject, branches: Json[], name: string, depth: number): Json {
    const { anyOf: _any, oneOf: _one, ...rest } = schema
    const options = branches.filter(isObject)
    const ending = options.find((option) => !canRecurse(resolveSchema(option, this.#root)))
    const useful = options.find((option) => option.type !== 'null')
    const chosen = (depth > deep ? ending : useful) ?? options[0] ?? {}
    return this.value({ allOf: [rest, chosen] }, name, depth + 1)
  }

  #type(schema: JsonObject, depth: number): string {
    if (typeof schema.type === 'string') return schema.type
    if (Array.isArray(schema.type)) {
      const types = schema.type.filter((type) => typeof type === 'string')
      if (depth > deep && types.includes('null')) return 'null'
      return types.find((type) => type !== 'null') ?? 'null'
    }
    if (schema.properties !== undefined || schema.required !== undefined) return 'object'
    if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array'
    if (schema.minimum !== undefined || schema.maximum !== undefined || schema.multipleOf !== undefined)
      return 'number'
    return 'string'
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isObject(schema.properties) ? schema.properties : {}
    const result: JsonObject = {}
    for (const key of textList(schema.required)) {
      result[key] = this.value(properties[key] ?? this.#additional(schema, key), key, depth + 1)
    }
    const least = typeof schema.minProperties === 'number' ? schema.minProperties : 0
    for (const key of Object.keys(properties)) {
      if (Object.keys(result).length >= least) break
      result[key] ??= this.value(properties[key], key, depth + 1)
    }
    for (let index = 1; Object.keys(result).length < least; index++) {
      const key = this.#freeKey(schema, index)
      result[key] = this.value(this.#additional(schema, key), key, depth + 1)
    }
    return result
  }

  #additional(schema: JsonObject, key: string): Json {
    if (isObject(schema.patternProperties)) {
      for (const [pattern, value] of Object.entries(schema.patternProperties)) {
        if (matches(pattern, key) && value !== undefined) return value
      }
    }
    return isObject(schema.additionalProperties) ? schema.additionalProperties : { type: 'string' }
  }

  #freeKey(schema: JsonObject, index: number): string {
    if (schema.additionalProperties === false && isObject(schema.patternProperties)) {
      const [pattern] = Object.keys(schema.patternProperties)
      if (pattern !== undefined) return samplePattern(pattern, this.#random) ?? `key${index}`
    }
    return `key${index}`
  }

  #array(schema: JsonObject, name: string, depth: number): Json[] {
    const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
    const least = typeof schema.minItems === 'number' ? schema.minItems : 0
    const most = typeof schema.maxItems === 'number' ? schema.maxItems : Infinity
    // One item says more about the shape than none, except where recursion has to end.
    const wanted = Math.min(Math.max(least, first.length, depth > deep ? 0 : 1), most)
    const items: Json[] = []
    const seen = new Set<string>()
    const rest = schema.items === false ? [] : [schema.items ?? {}]
    for (let tries = 0; items.length < wanted && tries < wanted * 20; tries++) {
      const itemSchema = first[items.length] ?? rest[0]
      if (itemSchema === undefined) break
      const value = this.value(itemSchema, tries === 0 ? name : `${name}${tries + 1}`, depth + 1)
      const key = JSON.stringify(value)
      if (schema.uniqueItems === true && seen.has(key)) continue
      seen.add(key)
      items.push(value)
    }
    return items
  }

  #number(schema: JsonObject, step: 0 | 1): number {
    const multiple = typeof schema.multipleOf === 'number' && schema.multipleOf > 0 ? schema.multipleOf : step
    const unit = multiple || 0.5
    const above = bound(schema.minimum, schema.exclusiveMinimum, 1, unit)
    const below = bound(schema.maximum, schema.exclusiveMaximum, -1, unit)
    const start = Number.isFinite(above) ? above : Number.isFinite(below) ? Math.min(1, below) : 1
    if (multiple === 0) {
      const end = Number.isFinite(below) ? below : start + 10
      return start >= end
        ? (start + end) / 2
        : Math.min(end, start + this.#random.below(10) * ((end - start) / 10))
    }
    const lowest = Math.ceil(start / multiple)
    const highest = Number.isFinite(below) ? Math.floor(below / multiple) : lowest + 9
    return (lowest + this.#random.below(Math.max(1, Math.min(10, highest - lowest + 1)))) * multiple
  }

  #string(schema: JsonObject, name: string): string {
    const hint = this.#hint(name)
    return sampleString(schema, name, hint, this.#random)
  }

  // Past the recursion limit the shortest value of an enum is as good as any.
  #pick(values: Json[], depth: number): Json | undefined {
    return depth > deep ? values[0] : values[this.#random.below(values.length)]
  }
}

function bound(inclusive: unknown, exclusive: unknown, direction: 1 | -1, unit: number): number {
  const none = direction === 1 ? -Infinity : Infinity
  const closed = typeof inclusive === 'number' ? inclusive : none
  const open = typeof exclusive === 'number' ? exclusive + direction * unit : none
  return direction === 1 ? Math.max(closed, open) : Math.min(closed, open)
}

function canRecurse(schema: JsonObject): boolean {
  return schema.type === 'object' || schema.type === 'array' || schema.properties !== undefined
}

function textList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return false
  }
}
