import { EventFrames, frameData, type EventFrame } from '../../lib/event-stream.ts'
import { isEnvelope, readEnvelope, slice, stringValue, valueKind } from '../../lib/json-envelope.ts'
import { ChatAnswer } from './chat-answer.ts'
import { MessageAnswer } from './message-answer.ts'
import { oneLineObject } from './one-line-json.ts'

/**
 * The answer that a stream's events amount to, as one line of JSON; null where they amount to none. What arrived of a
 * stream that broke off is put together too.
 */
export function reassemble(dialect: 'responses' | 'chat' | 'messages', stream: Buffer): Buffer | null {
  if (dialect === 'responses') return response(stream)
  const answer = dialect === 'chat' ? new ChatAnswer() : new MessageAnswer()
  eachEvent(stream, (frame) => {
    const event = parsed(frameData(frame))
    if (event) answer.add(event)
  })
  const value = answer.value
  return value ? oneLineObject(Buffer.from(JSON.stringify(value))) : null
}

const LAST = /^response\.(?:completed|incomplete|failed)$/

/** The response object that the last event carries; before it, the one of the latest event that has one. */
function response(stream: Buffer): Buffer | null {
  let found: Buffer | null = null
  let final = false
  eachEvent(stream, (frame) => {
    // Deltas are most of a stream and carry no response: their names tell, without looking inside.
    if (final || (frame.event !== '' && !carriesResponse.test(frame.event))) return
    const data = frameData(frame)
    const envelope = readEnvelope(data)
    if (!isEnvelope(envelope) || valueKind(envelope, 'response') !== 'object') return
    found = slice(envelope, 'response') ?? found
    final = LAST.test(frame.event || (stringValue(envelope, 'type') ?? ''))
  })
  return found && oneLineObject(found)
}

const carriesResponse = /^response\.(?:created|queued|in_progress|completed|incomplete|failed)$/

function eachEvent(stream: Buffer, onFrame: (frame: EventFrame) => void): void {
  const frames = new EventFrames()
  frames.push(stream, onFrame)
}

function parsed(data: Buffer): Record<string, unknown> | null {
  try {
    return JSON.parse(data.toString()) as Record<string, unknown> | null
  } catch {
    return null
  }
}
