import { JsonSyntaxProblem, scan } from './json-scan.ts'

/** One element of a JSON array: its value is `bytes[start, end)`. */
export interface Element {
  readonly start: number
  readonly end: number
}

/** How much of a long text is looked at for the end of a value, one after the other, before all of it is. */
const WINDOWS = [4 * 1024, 64 * 1024] as const
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/**
 * The elements of the array that is `bytes[start, end)`, one by one: nothing is read behind the last one asked for. What is
 * no array has none. The text has to be JSON that has been checked already.
 */
export function* arrayElements(bytes: Buffer, start: number, end: number): Generator<Element, void> {
  if (bytes[start] !== OPEN_BRACKET) return
  let at = skipWhitespace(bytes, start + 1, end)
  while (at < end && bytes[at] !== CLOSE_BRACKET) {
    // The scanner is loaded for each element anew: between two of them somebody else may have used it.
    const behind = endOfValue(bytes, at, end)
    yield { start: at, end: behind }
    at = skipWhitespace(bytes, behind, end)
    if (bytes[at] === COMMA) at = skipWhitespace(bytes, at + 1, end)
  }
}

function endOfValue(bytes: Buffer, at: number, end: number): number {
  for (const window of WINDOWS) {
    if (at + window >= end) break
    try {
      const behind = scan(bytes, at, at + window).skipValue(at)
      // A number may have been cut in two where the window ends, anything else is a problem there.
      if (behind < at + window) return behind
    } catch (problem) {
      if (!(problem instanceof JsonSyntaxProblem)) throw problem
    }
  }
  return scan(bytes, at, end).skipValue(at)
}

function skipWhitespace(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09))
    at++
  return at
}
