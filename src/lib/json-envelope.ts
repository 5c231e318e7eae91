import { JsonSyntaxProblem, scan, type JsonScanner } from './json-scan.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const SMALL_F = 0x66
const SMALL_T = 0x74
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

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
  /** How many nulls there are in it, at any depth. */
  readonly nulls: number
}

/** What a value is. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'

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
  const at = skipWhitespace(bytes, start + byteOrderMark(bytes, start, end), end)
  if (at >= end) return { kind: 'empty', position: at, message: 'Expecting value' }
  try {
    const scanner = scan(bytes, at, end)
    if (bytes[at] === OPEN_BRACE) {
      const envelope = readObject(scanner, bytes, at, end)
      expectEnd(bytes, envelope.end, end)
      return envelope
    }
    expectEnd(bytes, scanner.skipValue(at), end)
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

function readObject(scanner: JsonScanner, bytes: Buffer, start: number, end: number): Envelope {
  const members: Member[] = []
  const before = scanner.nulls
  let at = skipWhitespace(bytes, start + 1, end)
  if (at < end && bytes[at] === CLOSE_BRACE) return { bytes, start, end: at + 1, members, nulls: 0 }
  for (;;) {
    if (at >= end || bytes[at] !== QUOTE) {
      throw new JsonSyntaxProblem('Expecting property name enclosed in double quotes', at)
    }
    const keyEnd = scanner.skipValue(at)
    const colon = skipWhitespace(bytes, keyEnd, end)
    if (colon >= end || bytes[colon] !== COLON) throw new JsonSyntaxProblem("Expecting ':' delimiter", colon)
    const valueStart = skipWhitespace(bytes, colon + 1, end)
    const valueEnd = scanner.skipValue(valueStart)
    members.push({ key: keyText(bytes, at + 1, keyEnd - 1), keyStart: at, start: valueStart, end: valueEnd })
    at = skipWhitespace(bytes, valueEnd, end)
    if (at < end && bytes[at] === CLOSE_BRACE) {
      return { bytes, start, end: at + 1, members, nulls: scanner.nulls - before }
    }
    if (at >= end || bytes[at] !== COMMA) throw new JsonSyntaxProblem("Expecting ',' delimiter", at)
    at = skipWhitespace(bytes, at + 1, end)
  }
}

function skipWhitespace(bytes: Buffer, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at++
  }
  return at
}

function expectEnd(bytes: Buffer, at: number, end: number): void {
  const behind = skipWhitespace(bytes, at, end)
  if (behind < end) throw new JsonSyntaxProblem('Extra data', behind)
}

/** Tells from the first byte of a value what it is. */
function kindOf(firstByte: number | undefined): JsonKind {
  if (firstByte === QUOTE) return 'string'
  if (firstByte === OPEN_BRACE) return 'object'
  if (firstByte === 0x5b) return 'array'
  if (firstByte === SMALL_T || firstByte === SMALL_F) return 'boolean'
  return firstByte === 0x6e ? 'null' : 'number'
}

const KNOWN_KEYS = 1024
const LONGEST_KNOWN_KEY = 40
/** Keys met before, by a digest of their bytes. */
const knownKeys: string[] = Array.from({ length: KNOWN_KEYS }, () => '')

/** A key's text. The same few keys come with every call: finding one again costs a fraction of decoding it. */
function keyText(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length > LONGEST_KNOWN_KEY) return decodeString(bytes, start - 1, end + 1)
  let digest = length
  for (let at = start; at < end; at++) digest = (Math.imul(digest, 31) + bytes[at]!) | 0
  const place = (digest >>> 0) % KNOWN_KEYS
  const known = knownKeys[place]!
  if (known.length === length && isAscii(bytes, start, known)) return known
  const text = decodeString(bytes, start - 1, end + 1)
  if (text.length === length && isAscii(bytes, start, text)) knownKeys[place] = text
  return text
}

/** Whether the bytes from `start` on are that text. */
function isAscii(bytes: Buffer, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7e || code !== bytes[start + index]) return false
  }
  return true
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
  const { members } = envelope
  for (let index = members.length - 1; index >= 0; index--) {
    if (members[index]!.key === key) return members[index]
  }
  return undefined
}

export function valueKind(envelope: Envelope, key: string): JsonKind | undefined {
  const found = member(envelope, key)
  return found && kindOf(envelope.bytes[found.start])
}

/** The value of that key where it is a string, else undefined. */
export function stringValue(envelope: Envelope, key: string): string | undefined {
  const found = member(envelope, key)
  if (!found || envelope.bytes[found.start] !== QUOTE) return undefined
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
  return first === SMALL_T ? true : first === SMALL_F ? false : undefined
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
  if (!found || envelope.bytes[found.start] !== OPEN_BRACE) return undefined
  return readObject(scan(envelope.bytes, found.start, found.end), envelope.bytes, found.start, found.end)
}
