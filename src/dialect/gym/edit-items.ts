import { arrayElements, type Element } from '../../lib/json-elements.ts'
import { isEnvelope, member, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { splice, type Edits } from '../../lib/json-splice.ts'

const OPEN_BRACE = 0x7b
const COMMA = Buffer.from(',')

/** What becomes of an item: changed members, gone altogether, or null where it stays as it is. */
export type ItemEdit = Edits | 'drop' | null

/**
 * The object with the items in its list `field` changed as `edit` says, every other byte as it was; null where no item
 * changes. Only the top level of each item is read.
 * @param isCandidate where it says no, the item stays as it is and is not read at all; asked in the order of the list
 */
export function editItems(
  object: Envelope,
  field: 'input' | 'output',
  edit: (item: Envelope) => ItemEdit,
  isCandidate: (element: Element) => boolean = always,
): Buffer | null {
  const list = member(object, field)
  if (!list) return null
  const items: Buffer[] = []
  let changed = false
  for (const element of arrayElements(object.bytes, list.start, list.end)) {
    const bytes = object.bytes.subarray(element.start, element.end)
    const isRead = bytes[0] === OPEN_BRACE && isCandidate(element)
    const item = isRead ? readEnvelope(bytes) : null
    const wanted = item && isEnvelope(item) ? edit(item) : null
    if (wanted !== null) changed = true
    if (wanted === null || !item || !isEnvelope(item)) items.push(bytes)
    else if (wanted !== 'drop') items.push(splice(item, wanted))
  }
  return changed ? splice(object, new Map([[field, listOf(items)]])) : null
}

const always = (): boolean => true

function listOf(items: readonly Buffer[]): Buffer {
  const pieces = items.flatMap((item, index) => (index === 0 ? [item] : [COMMA, item]))
  return Buffer.concat([Buffer.from('['), ...pieces, Buffer.from(']')])
}
