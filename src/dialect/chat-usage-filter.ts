import { EventFrames, frameData } from '../lib/event-stream.ts'
import { isEnvelope, readEnvelope, slice, valueKind } from '../lib/json-envelope.ts'

const USAGE = Buffer.from('"usage"')
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a
const OPEN_BRACE = 0x7b

/**
 * Takes the chunk that `stream_options.include_usage` adds out of a chat's stream, for a caller that did not ask for
 * it. That chunk has no choices; every other event is passed on in its own bytes.
 *
 * @param events whole events, as they came
 */
export function withoutUsageChunk(events: Buffer): Buffer {
  if (!events.includes(USAGE)) return events
  const kept: Buffer[] = []
  let from = 0
  for (let begin = 0; begin < events.length;) {
    const end = endOfEvent(events, begin)
    if (isUsageChunk(events.subarray(begin, end))) {
      if (begin > from) kept.push(events.subarray(from, begin))
      from = end
    }
    begin = end
  }
  if (from === 0) return events
  if (from < events.length) kept.push(events.subarray(from))
  const [only] = kept
  return only && kept.length === 1 ? only : Buffer.concat(kept)
}

function isUsageChunk(event: Buffer): boolean {
  if (!holdsUsage(event)) return false
  let found = false
  new EventFrames().push(event, (frame) => {
    const chunk = readEnvelope(frameData(frame))
    if (!isEnvelope(chunk) || valueKind(chunk, 'usage') !== 'object') return
    const choices = slice(chunk, 'choices')
    found = choices !== undefined && /^\[\s*\]$/.test(choices.toString('latin1'))
  })
  return found
}

/** False for `"usage":null`, which ends every other chunk. */
function holdsUsage(event: Buffer): boolean {
  let at = event.lastIndexOf(USAGE)
  if (at < 0) return false
  at += USAGE.length
  while (event[at] === SPACE || event[at] === COLON) at++
  return event[at] === OPEN_BRACE
}

/** Behind the empty line that ends the event. */
function endOfEvent(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const next = lineEnd(bytes, at)
    if (next > at && lineEnd(bytes, next) > next) return lineEnd(bytes, next)
  }
  return bytes.length
}

/** Behind the line end at that place; the place itself where there is none. */
function lineEnd(bytes: Buffer, at: number): number {
  if (bytes[at] === LF) return at + 1
  if (bytes[at] !== CR) return at
  return bytes[at + 1] === LF ? at + 2 : at + 1
}
