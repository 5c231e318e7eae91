import { member, valueKind, type Envelope } from '../lib/json-envelope.ts'
import type { Words } from '../lib/words.ts'

/**
 * How much of a conversation is looked at, from its beginning and from its end. Searching a whole megabyte would cost as much
 * as sending it; an earlier answer stands behind the first prompt, a tool's output in the last item.
 */
const HEAD = 8 * 1024
const TAIL = 8 * 1024

/**
 * True when the list in that field holds one of the markers: JSON strings with their quotes, so that the words inside a text,
 * whose quotes are escaped, do not count. A guess for the queue's order, cheap rather than exact.
 */
export function holdsMarker(envelope: Envelope, field: string, markers: Words): boolean {
  const found = member(envelope, field)
  if (!found || valueKind(envelope, field) !== 'array') return false
  const { bytes } = envelope
  // A continued conversation mostly shows it at its end.
  if (markers.anyIn(bytes, Math.max(found.start, found.end - TAIL), found.end)) return true
  if (found.end - found.start <= TAIL) return false
  return markers.anyIn(bytes, found.start, Math.min(found.end, found.start + HEAD))
}
