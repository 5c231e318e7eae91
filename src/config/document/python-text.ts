/**
 * A value as Python's `str()` prints it: that is how OmegaConf puts values into text.
 * `float` says that a whole number was written as a float.
 */
export function pythonText(value: unknown, float = false): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return numberText(value, float)
  return pythonRepr(value)
}

function numberText(value: number, float: boolean): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (!float) return BigInt(Math.trunc(value)) === BigInt(value) ? BigInt(value).toString() : String(value)
  const size = Math.abs(value)
  // Python changes to exponents at 1e16 and below 1e-4, JavaScript at 1e21 and 1e-6.
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2')
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value)
}

function pythonRepr(value: unknown): string {
  if (typeof value === 'string')
    return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value}'`
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`)
    return `{${pairs.join(', ')}}`
  }
  return pythonText(value)
}
