import { isObject } from '../json-value.ts'

/** The member under which arguments that are no JSON travel through a Messages client, as Anthropic advises for them. */
const BROKEN = 'INVALID_JSON'

/** A `function_call`'s arguments as the `input` of a `tool_use`. Broken JSON (a cut-off answer) is kept as text, not lost. */
export function parseArguments(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return { [BROKEN]: text }
  }
}

/** The `input` of a `tool_use` as the arguments of a `function_call`. */
export function writeArguments(input: unknown): string {
  if (input === undefined || input === null) return '{}'
  if (isObject(input)) {
    const broken = input[BROKEN]
    if (typeof broken === 'string' && Object.keys(input).length === 1) return broken
  }
  return JSON.stringify(input)
}
