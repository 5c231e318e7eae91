import {
  JsonSyntaxProblem,
  kindOf,
  skipColon,
  skipString,
  skipValue,
  skipWhitespace,
  type JsonKind,
} from './json-scan.ts'

/** One top-level member of a JSON object: where its key and value stand in the bytes. */
export interface Member {
  /** The decoded key. */
  readonly key: string
  /** Byte offset of the key's opening quote. */
  readonly keyStart: number
  /** Byte offsets of the value: `[start, end)`. */
  readonly start: number
  readonly end: number
}

/** A JSON object of which only the top level has been read. */
export interface Envelope {
  readonly bytes: Buffer
  /** Byte offset of the `{`, and the one behind the `}`. */
  readonly start: number
  readonly end: number
  /** In the order of the text, duplicates included. */
  readonly members: readonly Member[]
}

/** Why bytes are not a JSON object. */
export interface JsonProblem {
  /** `empty`: nothing but whitespace; `invalid`: not JSON; `not_object`: good JSON, but something else. */
  readonly kind: 'empty' | 'invalid' | 'not_object'
  /** Byte offset where the text stops being what it should; for an unterminated string, where that starts. */
  readonly position: number
  /** Plain words: `Expecting ',' delimiter`. */
  readonly message: string
  /** What was found in place of an object, where `kind` is `not_object`. */
  readonly found?: JsonKind
}

/**
 * Reads the top level of a JSON object out of `bytes[start, end)`, without building anything of what is inside.
 *
 * Exactly what `JSON.parse(bytes.toString())` takes for an object is taken here, with the same keys and values; a UTF-8
 * byte order mark in front is skipped. Bytes that are not UTF-8 are no error: inside strings they count as text
 * and are passed on as they came.
 */
export function readEnvelope(bytes: Buffer, start = 0, end = bytes.length): Envelope | JsonProblem {
  try {
    const at = skipWhitespace(bytes, start + byteOrderMark(bytes, start, end), end)
    if (at >= end) return { kind: 'empty', position: at, message: 'Expecting value' }
    if (bytes[at] === 0x7b) return readObject(bytes, at, end)
    expectEnd(bytes, skipValue(bytes, at, end), end)
    const found = kindOf(bytes[at])
    return { kind: 'not_object', position: at, message: 'Expecting an object', found }
  } catch (problem) {
    if (!(problem instanceof JsonSyntaxProblem)) throw problem
    return { kind: 'invalid', position: problem.position, message: problem.message }
  }
}

function byteOrderMark(bytes: Buffer, start: number, end: number): number {
  const marked =
    end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
  return marked ? 3 : 0
}

function readObject(bytes: Buffer, start: number, end: number): Envelope {
  const members: Member[] = []
  let at = skipWhitespace(bytes, start + 1, end)
  if (at < end && bytes[at] === 0x7d) {
    expectEnd(bytes, at + 1, end)
    return { bytes, start, end: at + 1, members }
  }
  for (;;) {
    if (at >= end || bytes[at] !== 0x22) {
      throw new JsonSyntaxProblem('Expecting property name enclosed in double quotes', at)
    }
    const keyEnd = skipString(bytes, at, end)
    const valueStart = skipColon(bytes, keyEnd, end)
    const valueEnd = skipValue(bytes, valueStart, end)
    members.push({ key: decodeString(bytes, at, keyEnd), keyStart: at, start: valueStart, end: valueEnd })
    at = skipWhitespace(bytes, valueEnd, end)
    if (at < end && bytes[at] === 0x7d) break
    if (at >= end || bytes[at] !== 0x2c) throw new JsonSyntaxProblem("Expecting ',' delimiter", at)
    at = skipWhitespace(bytes, at + 1, end)
  }
  expectEnd(bytes, at + 1, end)
  return { bytes, start, end: at + 1, members }
}

function expectEnd(bytes: Buffer, at: number, end: number): void {
  const behind = skipWhitespace(bytes, at, end)
  if (behind < end) throw new JsonSyntaxProblem('Extra data', behind)
}

/** Decodes the string whose quotes stand at `start` and `end - 1`. */
function decodeString(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1)
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text
}

/** Tells a read object from a problem. */
export function isEnvelope(read: Envelope | JsonProblem): read is Envelope {
  return 'members' in read
}

/** The member of that key; of several the last, as `JSON.parse` has it. */
export function member(envelope: Envelope, key: string): Member | undefined {
  return envelope.members.findLast((one) => one.key === key)
}

export function valueKind(envelope: Envelope, key: string): JsonKind | undefined {
  const found = member(envelope, key)
  return found && kindOf(envelope.bytes[found.start])
}

/** The value of that key where it is a string, else undefined. */
export function stringValue(envelope: Envelope, key: string): string | undefined {
  const found = member(envelope, key)
  if (!found || envelope.bytes[found.start] !== 0x22) return undefined
  return decodeString(envelope.bytes, found.start, found.end)
}

/** The value of that key where it is a number, else undefined. */
export function numberValue(envelope: Envelope, key: string): number | undefined {
  const found = member(envelope, key)
  if (!found || kindOf(envelope.bytes[found.start]) !== 'number') return undefined
  return Number(envelope.bytes.toString('latin1', found.start, found.end))
}

/** The value of that key where it is `true` or `false`, else undefined. */
export function booleanValue(envelope: Envelope, key: string): boolean | undefined {
  const found = member(envelope, key)
  const first = found && envelope.bytes[found.start]
  return first === 0x74 ? true : first === 0x66 ? false : undefined
}

/** The bytes of that key's value: a view, not a copy. */
export function slice(envelope: Envelope, key: string): Buffer | undefined {
  const found = member(envelope, key)
  return found && envelope.bytes.subarray(found.start, found.end)
}

/** That key's value, materialised; undefined where there is no such key. */
export function parsed(envelope: Envelope, key: string): unknown {
  const found = member(envelope, key)
  return found && (JSON.parse(envelope.bytes.toString('utf8', found.start, found.end)) as unknown)
}

/** The object that is that key's value, read in the same way; undefined where it is none. */
export function nested(envelope: Envelope, key: string): Envelope | undefined {
  const found = member(envelope, key)
  if (!found || envelope.bytes[found.start] !== 0x7b) return undefined
  return readObject(envelope.bytes, found.start, found.end)
}
