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
  const { bytes } = envelope
  const cuts = cutsOf(envelope, edits)
  if (cuts.length === 0) return bytes
  let length = bytes.length
  for (const { from, to, value } of cuts) length += Buffer.byteLength(value) - (to - from)
  const edited = Buffer.allocUnsafe(length)
  let read = 0
  let written = 0
  for (const { from, to, value } of cuts) {
    written += bytes.copy(edited, written, read, from)
    written += typeof value === 'string' ? edited.write(value, written) : value.copy(edited, written)
    read = to
  }
  bytes.copy(edited, written, read)
  return edited
}

/** The same as pieces that follow one another: views of the old bytes around the new values. Nothing is copied. */
export function splicePieces(envelope: Envelope, edits: Edits): Buffer[] {
  const { bytes } = envelope
  const pieces: Buffer[] = []
  let read = 0
  for (const { from, to, value } of cutsOf(envelope, edits)) {
    pieces.push(bytes.subarray(read, from), typeof value === 'string' ? Buffer.from(value) : value)
    read = to
  }
  pieces.push(bytes.subarray(read))
  return read === 0 && pieces.length === 1 ? [bytes] : pieces.filter((piece) => piece.length > 0)
}

/** A value in the place of what stands between two places of the bytes. */
interface Cut {
  readonly from: number
  readonly to: number
  readonly value: string | Buffer
}

/** In the order of the bytes; none where nothing changes. */
function cutsOf(envelope: Envelope, edits: Edits): Cut[] {
  const { bytes, members } = envelope
  const cuts: Cut[] = startsWithByteOrderMark(bytes) ? [{ from: 0, to: 3, value: '' }] : []
  const last = lastOfEach(members, edits)
  let kept: Member | undefined
  for (const [index, one] of members.entries()) {
    const value = edits.get(one.key)
    if (value === undefined) {
      kept = one
    } else if (value !== null && last.get(one.key) === one) {
      kept = one
      if (!stands(bytes, one, value)) cuts.push({ from: one.start, to: one.end, value })
    } else {
      // With a kept member in front its separator goes too, otherwise the one behind.
      const from = kept ? members[index - 1]!.end : one.keyStart
      cuts.push({ from, to: kept ? one.end : (members[index + 1]?.keyStart ?? one.end), value: '' })
    }
  }

  const behind = members.at(-1)?.end ?? envelope.start + 1
  let separator = kept ? ',' : ''
  for (const [key, value] of edits) {
    if (value === null || last.has(key)) continue
    cuts.push({ from: behind, to: behind, value: `${separator}${JSON.stringify(key)}:` })
    cuts.push({ from: behind, to: behind, value })
    separator = ','
  }
  return cuts
}

/** Whether that very value stands there already. */
function stands(bytes: Buffer, { start, end }: Member, value: string | Buffer): boolean {
  const length = Buffer.byteLength(value)
  if (end - start !== length) return false
  // ASCII, as names of models are: then a text can be compared as one.
  if (value.length === length && typeof value === 'string')
    return bytes.toString('latin1', start, end) === value
  return (typeof value === 'string' ? Buffer.from(value) : value).compare(bytes, start, end) === 0
}

function lastOfEach(members: readonly Member[], edits: Edits): Map<string, Member> {
  const last = new Map<string, Member>()
  for (const one of members) if (edits.has(one.key)) last.set(one.key, one)
  return last
}

function startsWithByteOrderMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}
