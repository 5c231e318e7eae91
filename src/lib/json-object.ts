/** An object as `JSON.parse` gives it. */
export type JsonObject = Record<string, unknown>

/** False for null and for lists too. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
