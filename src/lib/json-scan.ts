/** Thrown while scanning: where the text stops being JSON, and why. Never leaves `lib/`. */
export class JsonSyntaxProblem extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

/** What a value is, told from its first byte. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'

export function kindOf(firstByte: number | undefined): JsonKind {
  if (firstByte === 0x22) return 'string'
  if (firstByte === 0x7b) return 'object'
  if (firstByte === 0x5b) return 'array'
  if (firstByte === 0x74 || firstByte === 0x66) return 'boolean'
  return firstByte === 0x6e ? 'null' : 'number'
}

const ORDINARY = new Uint8Array(256).map((_, byte) => (byte < 0x20 || byte === 0x22 || byte === 0x5c ? 0 : 1))
const HEXADECIMAL = new Set(Buffer.from('0123456789abcdefABCDEF'))
const SIMPLE_ESCAPES = new Set(Buffer.from('"\\/bfnrt'))

export function skipWhitespace(bytes: Buffer, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at++
  }
  return at
}

/** `at` stands on the opening quote; returns the offset behind the closing one. */
export function skipString(bytes: Buffer, at: number, end: number): number {
  const opening = at++
  for (;;) {
    while (at < end && ORDINARY[bytes[at]!] === 1) at++
    if (at >= end) throw new JsonSyntaxProblem('Unterminated string starting at', opening)
    const byte = bytes[at]!
    if (byte === 0x22) return at + 1
    if (byte !== 0x5c) throw new JsonSyntaxProblem('Invalid control character at', at)
    if (at + 1 >= end) throw new JsonSyntaxProblem('Unterminated string starting at', opening)
    const escape = bytes[at + 1]!
    if (escape === 0x75) {
      for (let digit = at + 2; digit < at + 6; digit++) {
        if (digit >= end) throw new JsonSyntaxProblem('Unterminated string starting at', opening)
        if (!HEXADECIMAL.has(bytes[digit]!)) throw new JsonSyntaxProblem('Invalid \\uXXXX escape', at)
      }
      at += 6
    } else {
      if (!SIMPLE_ESCAPES.has(escape)) throw new JsonSyntaxProblem('Invalid \\escape', at)
      at += 2
    }
  }
}

/**
 * Skips one value of any depth and checks its syntax; `at` stands on its first byte.
 * Depth is kept in `open`, not on the call stack, so that no input can overflow it.
 */
export function skipValue(bytes: Buffer, at: number, end: number): number {
  const open: number[] = []
  for (;;) {
    const byte = at < end ? bytes[at]! : -1
    if (byte === 0x7b || byte === 0x5b) {
      const inside = skipWhitespace(bytes, at + 1, end)
      if (inside < end && bytes[inside] === byte + 2) {
        at = inside + 1
      } else {
        open.push(byte + 2)
        at = byte === 0x7b ? skipKey(bytes, inside, end) : inside
        continue
      }
    } else if (byte === 0x22) {
      at = skipString(bytes, at, end)
    } else {
      at = skipScalar(bytes, at, end)
    }
    for (;;) {
      const closing = open.at(-1)
      if (closing === undefined) return at
      at = skipWhitespace(bytes, at, end)
      const next = at < end ? bytes[at]! : -1
      if (next === closing) {
        open.pop()
        at++
      } else if (next === 0x2c) {
        at = skipWhitespace(bytes, at + 1, end)
        if (closing === 0x7d) at = skipKey(bytes, at, end)
        break
      } else {
        throw new JsonSyntaxProblem("Expecting ',' delimiter", at)
      }
    }
  }
}

/** Skips a key and its colon; returns where the value starts. */
function skipKey(bytes: Buffer, at: number, end: number): number {
  if (at >= end || bytes[at] !== 0x22) {
    throw new JsonSyntaxProblem('Expecting property name enclosed in double quotes', at)
  }
  return skipColon(bytes, skipString(bytes, at, end), end)
}

export function skipColon(bytes: Buffer, at: number, end: number): number {
  at = skipWhitespace(bytes, at, end)
  if (at >= end || bytes[at] !== 0x3a) throw new JsonSyntaxProblem("Expecting ':' delimiter", at)
  return skipWhitespace(bytes, at + 1, end)
}

const LITERALS = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')]

function skipScalar(bytes: Buffer, at: number, end: number): number {
  for (const literal of LITERALS) {
    if (at < end && bytes[at] === literal[0]) {
      const behind = at + literal.length
      if (behind <= end && literal.compare(bytes, at, behind) === 0) return behind
    }
  }
  let behind = at
  if (bytes[behind] === 0x2d) behind++
  if (bytes[behind] === 0x30 && behind < end) behind++
  else behind = skipDigits(bytes, behind, end)
  if (behind === at || bytes[behind - 1] === 0x2d) throw new JsonSyntaxProblem('Expecting value', at)
  if (behind < end && bytes[behind] === 0x2e) {
    const fraction = skipDigits(bytes, behind + 1, end)
    if (fraction === behind + 1) return behind
    behind = fraction
  }
  if (behind < end && (bytes[behind]! | 0x20) === 0x65) {
    const sign = bytes[behind + 1]
    const digits = sign === 0x2b || sign === 0x2d ? behind + 2 : behind + 1
    const exponent = skipDigits(bytes, digits, end)
    if (exponent > digits) behind = exponent
  }
  return behind
}

function skipDigits(bytes: Buffer, at: number, end: number): number {
  while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++
  return at
}
