import { arrayElements } from '../../lib/json-elements.ts'
import { member, valueKind, type Envelope } from '../../lib/json-envelope.ts'
import { isObject, listOf, stringOf, type JsonObject } from '../json-value.ts'
import type { FlatNames } from './flat-names.ts'
import { flattenTools } from './tools.ts'

/** What Codex notes for itself on each of its items where it takes the host for OpenAI. */
export const CODEX_METADATA = 'internal_chat_message_metadata_passthrough'

/** Only items in which one of these stands are read; everything else passes as it came. */
const MARKS = ['"namespace"', '"additional_tools"', `"${CODEX_METADATA}"`].map((mark) => Buffer.from(mark))

export function holdsMark(bytes: Buffer): boolean {
  return MARKS.some((mark) => bytes.includes(mark))
}

/** An item of the input: its bytes, and its value where it has to be looked into. */
export interface InputItem {
  readonly bytes: Buffer
  readonly value: JsonObject | null
}

/** The items of the input; null where it is no list, or none of them has to be looked into. */
export function readItems(body: Envelope): readonly InputItem[] | null {
  const input = member(body, 'input')
  if (!input || valueKind(body, 'input') !== 'array') return null
  if (!holdsMark(body.bytes.subarray(input.start, input.end))) return null
  return [...arrayElements(body.bytes, input.start, input.end)].map(({ start, end }) => {
    const bytes = body.bytes.subarray(start, end)
    const value: unknown = holdsMark(bytes) ? JSON.parse(bytes.toString()) : null
    return { bytes, value: isObject(value) ? value : null }
  })
}

/** The tools that stand in items rather than in `tools`. */
export function additionalTools(items: readonly InputItem[]): readonly unknown[] {
  return items.flatMap(({ value }) => (value?.['type'] === 'additional_tools' ? listOf(value['tools']) : []))
}

/**
 * The input without namespaces, as JSON; null where it has none. Items of additional tools are left out: theirs stand in
 * `tools` now.
 */
export function flattenItems(items: readonly InputItem[], names: FlatNames): Buffer | null {
  const kept = items.filter(({ value }) => value?.['type'] !== 'additional_tools')
  const texts = kept.map(({ bytes, value }) => (value === null ? bytes : flattenItem(bytes, value, names)))
  const isSame = kept.length === items.length && texts.every((text, index) => text === kept[index]?.bytes)
  if (isSame) return null
  return Buffer.concat([
    OPEN,
    ...texts.flatMap((text, index) => (index === 0 ? [text] : [COMMA, text])),
    CLOSE,
  ])
}

const OPEN = Buffer.from('[')
const COMMA = Buffer.from(',')
const CLOSE = Buffer.from(']')

/** Calls, and outputs that repeat what was called, name their tool by one name. The same bytes where nothing changes. */
function flattenItem(bytes: Buffer, item: JsonObject, names: FlatNames): Buffer {
  const { namespace, [CODEX_METADATA]: _notes, ...flat } = item
  const name = stringOf(flat['name'])
  if (typeof namespace === 'string' && name !== null) flat['name'] = names.flat(namespace, name)
  if (flat['type'] === 'tool_search_output') flat['tools'] = flattenTools(listOf(flat['tools']), names)
  const text = JSON.stringify(flat)
  return text === JSON.stringify(item) ? bytes : Buffer.from(text)
}
