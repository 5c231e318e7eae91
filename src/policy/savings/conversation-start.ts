import { crc32 } from 'node:zlib'
import { arrayElements, type Element } from '../../lib/json-elements.ts'
import {
  isEnvelope,
  member,
  readEnvelope,
  slice,
  stringValue,
  type Envelope,
} from '../../lib/json-envelope.ts'

/** What a request begins with, as far as other requests may begin with the same. */
export interface ConversationStart {
  /** Digest of what every conversation of one agent has in common: tools, instructions, format, leading system messages. */
  readonly shared: string
  /** Digest of that and the first message after it: the same for every turn of a conversation, and for its repetitions. */
  readonly opening: string
  /** Digests of the fields that count for the cache, by name, and of the first message: to see later what changed. */
  readonly fields: ReadonlyMap<string, number>
  readonly firstMessage: number
  /** Bytes of the common part, and of the whole prompt. */
  readonly sharedBytes: number
  readonly promptBytes: number
  /** The content of the last leading system message, at whose end a breakpoint may be put; null where there is none. */
  readonly sharedEnd: Element | null
}

/** Fields that stand before the messages in what the model reads, or change how all of it is read. */
const SHARED_FIELDS = {
  responses: ['tools', 'instructions', 'text', 'reasoning', 'parallel_tool_calls'],
  chat: ['tools', 'functions', 'response_format', 'reasoning_effort', 'verbosity', 'parallel_tool_calls'],
} as const

/** System messages looked at; nobody sends more. */
const MOST_LEADING = 16

/** Reads the beginning of a conversation. Only its first messages are looked at; digests are cheap, not unique. */
export function readConversationStart(api: 'responses' | 'chat', body: Envelope): ConversationStart {
  let digest = 0
  let sharedBytes = 0
  const fields = new Map<string, number>()
  for (const [index, name] of SHARED_FIELDS[api].entries()) {
    const value = slice(body, name)
    if (!value) continue
    const own = crc32(value)
    fields.set(name, own)
    digest = mixed(digest, own + index)
    sharedBytes += value.length
  }
  const field = api === 'chat' ? 'messages' : 'input'
  const found = member(body, field)
  let opening: Buffer | undefined = found && body.bytes.subarray(found.start, found.end)
  let sharedEnd: Element | null = null
  if (found) {
    let leading = 0
    let system = 0
    for (const element of arrayElements(body.bytes, found.start, found.end)) {
      const bytes = body.bytes.subarray(element.start, element.end)
      const message = readEnvelope(body.bytes, element.start, element.end)
      const role = isEnvelope(message) ? stringValue(message, 'role') : undefined
      opening = bytes
      if (!isEnvelope(message) || (role !== 'system' && role !== 'developer')) break
      system = crc32(bytes, system)
      sharedBytes += bytes.length
      sharedEnd = member(message, 'content') ?? null
      leading += 1
      if (leading === MOST_LEADING) break
    }
    if (leading > 0) {
      fields.set('system messages', system)
      digest = mixed(digest, system)
    }
  }
  const firstMessage = opening ? crc32(opening) : 0
  return {
    shared: digest.toString(36),
    opening: mixed(digest, firstMessage).toString(36),
    fields,
    firstMessage,
    sharedBytes,
    promptBytes: sharedBytes + (found ? found.end - found.start : 0),
    sharedEnd: sharedEnd && { start: sharedEnd.start, end: sharedEnd.end },
  }
}

/** Two digests as one. Goes on from a digest where `crc32` would have to be given text. */
function mixed(digest: number, next: number): number {
  let bits = Math.imul(digest ^ next ^ (digest >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12) ^ next, 0x297a2d39)
  return (bits ^ (bits >>> 15)) >>> 0
}
