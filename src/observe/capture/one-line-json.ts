import { isUtf8 } from 'node:buffer'
import { isEnvelope, readEnvelope } from '../../lib/json-envelope.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09

/**
 * A JSON object's bytes as they stand on one line of a file, or null where they are no JSON object that every reader
 * takes. Unchanged wherever possible; only line breaks and the indentation behind them go, and halves of surrogate pairs,
 * which strict readers refuse, become U+FFFD.
 */
export function oneLineObject(bytes: Buffer): Buffer | null {
  const envelope = readEnvelope(bytes)
  if (!isEnvelope(envelope) || !isUtf8(bytes)) return null
  const object = bytes.subarray(envelope.start, envelope.end)
  return withoutHalfPairs(withoutLineBreaks(object))
}

/** In valid JSON a line break stands between tokens only, so it may go, and with it the indentation that follows. */
function withoutLineBreaks(json: Buffer): Buffer {
  let next = json.indexOf(LINE_FEED)
  if (next < 0) return json
  const result = Buffer.allocUnsafe(json.length)
  let length = 0
  let at = 0
  while (next >= 0) {
    const end = next > at && json[next - 1] === CARRIAGE_RETURN ? next - 1 : next
    length += json.copy(result, length, at, end)
    at = next + 1
    while (json[at] === SPACE || json[at] === TAB) at++
    next = json.indexOf(LINE_FEED, at)
  }
  length += json.copy(result, length, at)
  return result.subarray(0, length)
}

const ESCAPES =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g

function withoutHalfPairs(json: Buffer): Buffer {
  if (!json.includes('\\ud') && !json.includes('\\uD')) return json
  const text = json.toString().replace(ESCAPES, (escape) => (escape.length === 6 ? '\\ufffd' : escape))
  return Buffer.from(text)
}
