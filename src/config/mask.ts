/** Shown in place of a secret. Its length says nothing. */
export const MASK = '********'

const SECRET_NAME = /key|token|secret|password|passwd|credential|authorization|auth\b|cookie/i

/** Whether a setting or header of this name holds a credential. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name)
}

/**
 * A value for printing: text under a name that sounds like a credential is masked, and so are user names and
 * passwords inside URLs. Numbers and booleans stay: `max_output_tokens: 100` is no secret.
 */
export function maskValue(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    if (value !== '' && namesSecret(name)) return MASK
    return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/i, `$1${MASK}@`)
  }
  if (Array.isArray(value)) return value.map((item) => maskValue(item, name))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, key)]))
  }
  return value
}
