import { isObject, type JsonObject } from '../lib/json-object.ts'

/** Reading of JSON whose shape a stranger chose: each function gives the value in the type asked for, or says it is not one. */
export { isObject, type JsonObject }

/** The value when it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The value when it is an array, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The members of an array that are objects. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return listOf(value).filter(isObject)
}

/** The value when it is a string, else null. */
export function stringOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The value when it is a string, else the empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The value when it is a finite number, else null. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
