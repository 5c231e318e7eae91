/**
 * What Pydantic's lax mode makes of a value that was written for a boolean, a number or a word.
 * Each function returns the value unchanged when it cannot be understood, for the schema to refuse.
 */

const TRUE = /^(?:1|on|t|true|y|yes)$/i
const FALSE = /^(?:0|off|f|false|n|no)$/i

export function laxBoolean(value: unknown): unknown {
  if (value === 0) return false
  if (value === 1) return true
  if (typeof value !== 'string') return value
  if (TRUE.test(value)) return true
  return FALSE.test(value) ? false : value
}

const WHOLE = /^[-+]?\d+(?:_\d+)*(?:\.0+)?$/

/** `"16"`, `"1_000"` and `16.0` are whole numbers. Unlike Pydantic, `true` is not 1: nobody means that. */
export function laxInteger(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  return WHOLE.test(text) ? Number(text.replaceAll('_', '')) : value
}

const NUMBER = /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+)?$/i

export function laxNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  return NUMBER.test(text) ? Number(text.replaceAll('_', '')) : value
}

/** YAML 1.1 reads a plain `on`, `off`, `yes` or `no` as a boolean before anybody knows that a word was meant. */
export function laxChoice(options: readonly string[]): (value: unknown) => unknown {
  return (value) => {
    if (typeof value === 'boolean') {
      const words = value ? ['true', 'on', 'yes'] : ['false', 'off', 'no']
      return words.find((word) => options.includes(word)) ?? value
    }
    if (typeof value !== 'string') return value
    const word = value.trim().toLowerCase()
    return options.includes(word) ? word : value
  }
}
