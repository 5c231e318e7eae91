import type { EventFrame } from '../lib/event-stream.ts'

/** How much of an event is searched for what stands near its beginning. */
const BEGINNING = 512

const RESPONSE_ID = /"response":\s?\{\s?"id":\s?"([\w-]{1,200})"/

/** What an event's data begins with: enough for its numbers and ids, of an event that may repeat a whole request. */
export function beginningOf({ bytes, start, end }: EventFrame): string {
  return bytes.toString('latin1', start, Math.min(end, start + BEGINNING))
}

/** The id of the answer that an event with this beginning announces; null where it stands further back, or there is none. */
export function announcedId(beginning: string): string | null {
  return RESPONSE_ID.exec(beginning)?.[1] ?? null
}
