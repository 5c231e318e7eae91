import { arrayElements, type Element } from '../../lib/json-elements.ts'
import {
  isEnvelope,
  member,
  readEnvelope,
  slice,
  stringValue,
  valueKind,
  type Envelope,
} from '../../lib/json-envelope.ts'
import { Words } from '../../lib/words.ts'
import type { TranslatedRequest, Translation } from '../translation.ts'
import { editItems, type ItemEdit } from './edit-items.ts'
import { droppedFields, type DroppedField, type ItemMemory } from './item-memory.ts'
import { envelopeOf } from './reasoning-status.ts'
import { wantsStream } from './whole-answers.ts'

const NO_NOTES: readonly string[] = []

const names: Readonly<Record<DroppedField, Buffer>> = {
  phase: Buffer.from('"phase"'),
  namespace: Buffer.from('"namespace"'),
  encrypted_content: Buffer.from('"encrypted_content"'),
}
const anyName = new Words('"phase"', '"namespace"', '"encrypted_content"')
/** Of `"id"` and of `"call_id"`. */
const ID = Buffer.from('id"')

/**
 * Gives items back what agents drop from them: the models of some releases of NeMo Gym have no `phase` and no `namespace`, and agents replay
 * what their models have read. What an answer held is remembered by the items' ids and put in again where the item comes up without it.
 *
 * Costs a search of the answer's bytes, and nothing on the way up until something has been remembered. From then on a request that continues a
 * conversation is searched for the fields' names: a caller that sends one of them keeps it. Only where one is nowhere are the items gone through. Who
 * streams (Codex, SDKs) has no models of Gym's and is left alone.
 */
export function restoredFields(memory: ItemMemory): Translation {
  /** Which fields have been remembered at all. */
  const known = new Set<DroppedField>()
  const answer = {
    whole(body: Buffer) {
      if (anyName.anyIn(body)) remember(body, memory, known)
      return { ok: true, body } as const
    },
    stream: () => {
      throw new Error('a whole answer has no stream')
    },
  }
  return {
    request(body, { operation }): TranslatedRequest | null {
      if (operation !== 'create' || wantsStream(body)) return null
      const ids = known.size === 0 ? NOWHERE : rememberedIds(body, memory, known)
      const restored = ids.length === 0 ? null : restore(body, memory, ids)
      const sent = restored ? envelopeOf(restored) : body
      return { ok: true, body: sent, facts: null, notes: NO_NOTES, answer }
    },
  }
}

function remember(body: Buffer, memory: ItemMemory, known: Set<DroppedField>): void {
  const answer = readEnvelope(body)
  const output = isEnvelope(answer) && member(answer, 'output')
  if (!output) return
  for (const { start, end } of arrayElements(body, output.start, output.end)) {
    const item = readEnvelope(body, start, end)
    if (!isEnvelope(item)) continue
    const fields: Partial<Record<DroppedField, string>> = {}
    for (const field of droppedFields) {
      if (valueKind(item, field) !== 'string') continue
      fields[field] = slice(item, field)?.toString() ?? ''
      known.add(field)
    }
    const held = droppedFields.some((field) => field in fields)
    if (held) for (const id of idsOf(item)) memory.set(id, fields)
  }
}

/** An item is known by its id; a call by its call's id too, since agents may leave out the other. Its output has that id as well. */
function idsOf(item: Envelope): string[] {
  const ids = [stringValue(item, 'id')]
  if (stringValue(item, 'type')?.endsWith('_call')) ids.push(stringValue(item, 'call_id'))
  return ids.filter((id) => id !== undefined)
}

/** Where in the input ids stand that are remembered; none where the caller keeps each of the fields somewhere. */
function rememberedIds(body: Envelope, memory: ItemMemory, known: ReadonlySet<DroppedField>): number[] {
  const input = member(body, 'input')
  if (!input || valueKind(body, 'input') !== 'array') return NOWHERE
  const text = body.bytes.subarray(input.start, input.end)
  let at = text.indexOf(ID)
  if (at < 0 || [...known].every((field) => text.includes(names[field]))) return NOWHERE
  const found: number[] = []
  for (; at >= 0; at = text.indexOf(ID, at + ID.length)) {
    const id = valueBehind(text, at + ID.length)
    if (id !== null && memory.has(id)) found.push(input.start + at)
  }
  return found
}

const NOWHERE: number[] = []
const SPACE = 0x20
const QUOTE = 0x22
const COLON = 0x3a

/** The text that is the value of the key that ends at `at`; null where it is none. */
function valueBehind(text: Buffer, at: number): string | null {
  let from = at
  while ((text[from] ?? QUOTE) <= SPACE) from++
  if (text[from] !== COLON) return null
  from++
  while ((text[from] ?? QUOTE) <= SPACE) from++
  if (text[from] !== QUOTE) return null
  const end = text.indexOf(QUOTE, from + 1)
  return end < 0 ? null : text.toString('latin1', from + 1, end)
}

function restore(body: Envelope, memory: ItemMemory, ids: readonly number[]): Buffer | null {
  let next = 0
  const isCandidate = ({ start, end }: Element): boolean => {
    while ((ids[next] ?? end) < start) next++
    return (ids[next] ?? end) < end
  }
  return editItems(body, 'input', (item) => lacking(item, memory), isCandidate)
}

/** What the item had and does not have any more. */
function lacking(item: Envelope, memory: ItemMemory): ItemEdit {
  // A caller that names an item has it read at OpenAI's, where nothing is missing.
  if (stringValue(item, 'type') === 'item_reference') return null
  for (const id of idsOf(item)) {
    const fields = memory.get(id)
    if (!fields) continue
    const missing = droppedFields.filter((field) => fields[field] !== undefined && isMissing(item, field))
    return missing.length === 0 ? null : new Map(missing.map((field) => [field, fields[field] ?? null]))
  }
  return null
}

/** Absent, or null, which is how models write what they do not have. */
function isMissing(item: Envelope, field: DroppedField): boolean {
  const kind = valueKind(item, field)
  return kind === undefined || kind === 'null'
}
