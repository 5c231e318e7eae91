import { invalidRequest, missingParameter, unknownParameter, type ApiError } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'

export type Shape =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'object'
  | 'array'
  | 'string or array'
  | 'any'

/** Checks the members of an object against their shapes; null is as good as absent. */
export function checkMembers(
  object: JsonObject,
  shapes: Readonly<Record<string, Shape>>,
  path = '',
  strict = true,
): void {
  for (const key of Object.keys(object)) {
    const shape = Object.hasOwn(shapes, key) ? shapes[key] : undefined
    if (shape === undefined) {
      if (strict) throw unknownParameter(path + key)
    } else checkShape(object[key], shape, path + key)
  }
}

export function checkShape(value: unknown, shape: Shape, param: string): void {
  if (value === undefined || value === null || shape === 'any') return
  if (hasShape(value, shape)) return
  throw invalidType(param, expected[shape], value)
}

/** A required member; null does not count. */
export function require(object: JsonObject, key: string, shape: Shape, path = ''): void {
  const value = object[key]
  if (value === undefined) throw missingParameter(path + key)
  if (value === null || !hasShape(value, shape)) throw invalidType(path + key, expected[shape], value)
}

/** `Invalid type for 'x': expected a string, but got an integer instead.` */
export function invalidType(param: string, wanted: string, got: unknown): ApiError {
  const message = `Invalid type for '${param}': expected ${wanted}, but got ${article(got)} instead.`
  return invalidRequest(message, param, 'invalid_type')
}

export function checkIntegerAtLeast(value: unknown, least: number, param: string): void {
  if (typeof value !== 'number' || value >= least) return
  throw invalidRequest(
    `Invalid '${param}': integer below minimum value. Expected a value >= ${least}, but got ${value} instead.`,
    param,
    'integer_below_min_value',
  )
}

export function checkNumberWithin(value: unknown, least: number, most: number, param: string): void {
  if (typeof value !== 'number' || (value >= least && value <= most)) return
  const [side, bound, code] =
    value < least
      ? ['below minimum', `>= ${least}`, 'decimal_below_min_value']
      : ['above maximum', `<= ${most}`, 'decimal_above_max_value']
  throw invalidRequest(
    `Invalid '${param}': decimal ${side} value. Expected a value ${bound}, but got ${value} instead.`,
    param,
    code,
  )
}

export function checkLength(value: unknown, most: number, param: string): void {
  if (typeof value !== 'string' || value.length <= most) return
  throw invalidRequest(
    `Invalid '${param}': string too long. Expected a string with maximum length ${most}, but got a string with length ${value.length} instead.`,
    param,
    'string_above_max_length',
  )
}

const expected: Readonly<Record<Shape, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a decimal',
  boolean: 'a boolean',
  object: 'an object',
  array: 'an array',
  'string or array': 'one of a string or array of objects',
  any: 'any value',
}

function hasShape(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'string or array':
      return typeof value === 'string' || Array.isArray(value)
    case 'any':
      return true
    default:
      return typeof value === shape
  }
}

function article(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal'
  return typeof value === 'boolean' ? 'a boolean' : 'a string'
}
