import { isObject, numberOf, objectsOf, stringOf, textOf, type JsonObject } from '../json-value.ts'

/**
 * How OpenAI's item ids and encrypted reasoning survive a Messages client: inside the signature of a thinking block, which
 * clients hand back unchanged (they do rewrite tool ids, so nothing may depend on those).
 *
 * Form: `spotter1.<metadata, base64url JSON>.<payload>`. The payload of reasoning is its encrypted content as it came; of any
 * other item, the item as base64url JSON. A signature of another origin, or one that was cut, decodes to null.
 */
const MARK = 'spotter1.'
const SEPARATOR = '\n\n'

/** The item right after a reasoning item, which has no place of its own for its id. */
export interface NextItem {
  readonly type: 'message' | 'function_call'
  readonly id: string | null
  readonly callId: string | null
  readonly phase: string | null
}

export type Carried =
  | { readonly kind: 'reasoning'; readonly item: JsonObject; readonly next: NextItem | null }
  | { readonly kind: 'item'; readonly item: JsonObject }

/** What a reasoning item shows to people: its summary, or its own text where the host gives that. */
export function reasoningText(item: JsonObject): string {
  return parts(item).texts.join(SEPARATOR)
}

/** The part of the item after `item` that a reasoning item's signature carries, or null for items that need none. */
export function nextItemOf(item: JsonObject | null | undefined): NextItem | null {
  if (!isObject(item) || (item['type'] !== 'message' && item['type'] !== 'function_call')) return null
  return {
    type: item['type'],
    id: stringOf(item['id']),
    callId: stringOf(item['call_id']),
    phase: stringOf(item['phase']),
  }
}

/** The signature for a reasoning item. `next` is the item that follows it in the same answer. */
export function reasoningSignature(item: JsonObject, next: NextItem | null): string {
  const { texts, field } = parts(item)
  const encrypted = stringOf(item['encrypted_content'])
  const metadata = {
    k: 'r',
    i: stringOf(item['id']) ?? undefined,
    f: field === 'content' ? 'c' : undefined,
    l: texts.length > 1 ? texts.map((text) => text.length) : undefined,
    e: encrypted?.length,
    n: next === null ? undefined : nextToWire(next),
  }
  return `${MARK}${toBase64(metadata)}.${encrypted ?? ''}`
}

/** The signature for an item which Messages has no form for and which the next turn needs (a compaction, a tool listing). */
export function itemSignature(item: JsonObject): string {
  const payload = toBase64(item)
  return `${MARK}${toBase64({ k: 'i', e: payload.length })}.${payload}`
}

/**
 * What a signature carries, or null when it is not ours or damaged.
 * @param thinking the block's text, from which a reasoning item's summary is rebuilt
 */
export function readSignature(signature: string, thinking: string): Carried | null {
  if (!signature.startsWith(MARK)) return null
  const dot = signature.indexOf('.', MARK.length)
  if (dot < 0) return null
  const metadata = fromBase64(signature.slice(MARK.length, dot))
  const payload = signature.slice(dot + 1)
  if (metadata === null || (numberOf(metadata['e']) ?? 0) !== payload.length) return null
  if (metadata['k'] === 'i') {
    const item = fromBase64(payload)
    return item === null ? null : { kind: 'item', item }
  }
  if (metadata['k'] !== 'r') return null
  return {
    kind: 'reasoning',
    item: reasoningItem(metadata, payload, thinking),
    next: nextFromWire(metadata['n']),
  }
}

function reasoningItem(metadata: JsonObject, encrypted: string, thinking: string): JsonObject {
  const texts = split(thinking, metadata['l'])
  const isContent = metadata['f'] === 'c'
  const item: JsonObject = { type: 'reasoning' }
  if (stringOf(metadata['i']) !== null) item['id'] = metadata['i']
  item['summary'] = isContent ? [] : texts.map((text) => ({ type: 'summary_text', text }))
  if (isContent) item['content'] = texts.map((text) => ({ type: 'reasoning_text', text }))
  if (numberOf(metadata['e']) !== null) item['encrypted_content'] = encrypted
  return item
}

/** The texts of a reasoning item, and the field they stand in. */
function parts(item: JsonObject): {
  readonly texts: readonly string[]
  readonly field: 'summary' | 'content'
} {
  const summary = textsOf(item['summary'])
  const content = textsOf(item['content'])
  return summary.length === 0 && content.length > 0
    ? { texts: content, field: 'content' }
    : { texts: summary, field: 'summary' }
}

function textsOf(value: unknown): readonly string[] {
  return objectsOf(value).map((part) => textOf(part['text']))
}

/** The parts a text was joined from; the whole text when the client changed it since. */
function split(text: string, lengths: unknown): readonly string[] {
  if (text === '') return []
  if (!Array.isArray(lengths)) return [text]
  const texts: string[] = []
  let at = 0
  for (const length of lengths) {
    if (numberOf(length) === null) return [text]
    if (at > 0 || texts.length > 0) {
      if (!text.startsWith(SEPARATOR, at)) return [text]
      at += SEPARATOR.length
    }
    texts.push(text.slice(at, at + Number(length)))
    at += Number(length)
  }
  return at === text.length ? texts : [text]
}

function nextToWire(next: NextItem): JsonObject {
  return {
    t: next.type === 'message' ? 'm' : 'f',
    i: next.id ?? undefined,
    c: next.callId ?? undefined,
    p: next.phase ?? undefined,
  }
}

function nextFromWire(value: unknown): NextItem | null {
  if (!isObject(value) || (value['t'] !== 'm' && value['t'] !== 'f')) return null
  return {
    type: value['t'] === 'm' ? 'message' : 'function_call',
    id: stringOf(value['i']),
    callId: stringOf(value['c']),
    phase: stringOf(value['p']),
  }
}

function toBase64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function fromBase64(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
