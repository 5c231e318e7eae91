import type { ScalarValue } from './tree.ts'

/** What an unquoted YAML word means to Gym: YAML 1.1 as PyYAML reads it, with OmegaConf's rule for floats (`1e3`). */
export interface PlainScalar {
  readonly value: ScalarValue
  readonly float: boolean
}

const BOOLEAN = /^(?:(yes|Yes|YES|true|True|TRUE|on|On|ON)|no|No|NO|false|False|FALSE|off|Off|OFF)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const FLOAT =
  /^(?:[-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9]+(?:_[0-9]+)*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/
const FLOAT_SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/
const INTEGER = /^([-+]?)(?:0b([01_]+)|0x([0-9a-fA-F_]+)|0([0-7_]+)|(0|[1-9][0-9_]*))$/
const INTEGER_SEXAGESIMAL = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/

export function readPlainScalar(text: string): PlainScalar {
  if (NULL.test(text)) return { value: null, float: false }
  const boolean = BOOLEAN.exec(text)
  if (boolean) return { value: boolean[1] !== undefined, float: false }
  if (FLOAT.test(text)) return { value: Number(text.replaceAll('_', '')), float: true }
  if (FLOAT_SEXAGESIMAL.test(text)) return { value: sexagesimal(text), float: true }
  const integer = INTEGER.exec(text)
  if (integer) return { value: readInteger(integer), float: false }
  if (INTEGER_SEXAGESIMAL.test(text)) return { value: sexagesimal(text), float: false }
  const infinite = INFINITE.exec(text)
  if (infinite) return { value: infinite[1] === '-' ? -Infinity : Infinity, float: true }
  if (NOT_A_NUMBER.test(text)) return { value: Number.NaN, float: true }
  return { value: text, float: false }
}

function readInteger([, sign, binary, hexadecimal, octal, decimal]: RegExpExecArray): number {
  const [digits, radix] =
    binary !== undefined
      ? [binary, 2]
      : hexadecimal !== undefined
        ? [hexadecimal, 16]
        : octal !== undefined
          ? [octal, 8]
          : [decimal ?? '', 10]
  const size = Number.parseInt(digits.replaceAll('_', '') || '0', radix)
  // Not `-size`: a written "-0" is an integer to Python and has no sign.
  return sign === '-' ? 0 - size : size
}

/** `1:30` is ninety: YAML 1.1 counts in sixties between colons. */
function sexagesimal(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const parts = text.replace(/^[-+]/, '').replaceAll('_', '').split(':')
  return sign * parts.reduce((sum, part) => sum * 60 + Number(part), 0)
}
