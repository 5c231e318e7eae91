import type { Envelope, Member } from './json-envelope.ts'

/** By key: the JSON text of the new value, or null to drop the key. */
export type Edits = ReadonlyMap<string, string | Buffer | null>

/**
 * Sets, adds and drops members of an envelope without re-serialising the rest: every other byte stays as it was.
 *
 * A key that is there keeps its place (of duplicates the last, which is the one that counted; the others go); new keys
 * are appended in the order of the map. The values are trusted to be JSON. A byte order mark in front is dropped,
 * since JSON may not be sent with one. Where nothing changes the same buffer comes back. Editing a nested envelope
 * gives the whole surrounding text.
 */
export function splice(envelope: Envelope, edits: Edits): Buffer {
  const [only, ...others] = splicePieces(envelope, edits)
  return only && others.length === 0 ? only : Buffer.concat([only ?? envelope.bytes, ...others])
}

/** The same as pieces that follow one another: views of the old bytes around the new values. Nothing is copied. */
export function splicePieces(envelope: Envelope, edits: Edits): Buffer[] {
  const { bytes, members } = envelope
  const pieces: Buffer[] = []
  let copied = startsWithByteOrderMark(bytes) ? 3 : 0
  let changed = copied > 0
  const replace = (from: number, to: number, value: string | Buffer) => {
    const piece = typeof value === 'string' ? Buffer.from(value) : value
    if (to - from === piece.length && piece.compare(bytes, from, to) === 0) return
    pieces.push(bytes.subarray(copied, from), piece)
    copied = to
    changed = true
  }

  const last = lastOfEach(members, edits)
  let kept: Member | undefined
  for (const [index, one] of members.entries()) {
    const value = edits.get(one.key)
    if (value === undefined) {
      kept = one
    } else if (value !== null && last.get(one.key) === one) {
      kept = one
      replace(one.start, one.end, value)
    } else {
      // With a kept member in front its separator goes too, otherwise the one behind.
      const from = kept ? members[index - 1]!.end : one.keyStart
      replace(from, kept ? one.end : (members[index + 1]?.keyStart ?? one.end), '')
    }
  }

  const behind = members.at(-1)?.end ?? envelope.start + 1
  let separator = kept ? ',' : ''
  for (const [key, value] of edits) {
    if (value === null || last.has(key)) continue
    replace(behind, behind, `${separator}${JSON.stringify(key)}:`)
    replace(behind, behind, value)
    separator = ','
  }
  if (!changed) return [bytes]
  pieces.push(bytes.subarray(copied))
  return pieces.filter((piece) => piece.length > 0)
}

function lastOfEach(members: readonly Member[], edits: Edits): Map<string, Member> {
  const last = new Map<string, Member>()
  for (const one of members) if (edits.has(one.key)) last.set(one.key, one)
  return last
}

function startsWithByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}
