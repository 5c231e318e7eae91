import { isEnvelope, readEnvelope, stringValue, valueKind, type Envelope } from '../../lib/json-envelope.ts'
import type { TranslatedRequest, Translation } from '../translation.ts'
import { editItems, type ItemEdit } from './edit-items.ts'

const WITHOUT_STATUS: ItemEdit = new Map([['status', null]])
const NO_NOTES: readonly string[] = []

/**
 * Takes `"status": null` out of reasoning items on their way up: OpenAI writes it into its answers, and refuses it when a
 * client hands the item back as it came. A request without any null costs a comparison.
 */
export const withoutNullReasoningStatus: Translation = {
  request(body): TranslatedRequest | null {
    if (body.nulls === 0) return null
    const edited = editItems(body, 'input', withoutNullStatus)
    return edited && { ok: true, body: envelopeOf(edited), facts: null, notes: NO_NOTES, answer: null }
  },
}

function withoutNullStatus(item: Envelope): ItemEdit {
  const isOne =
    item.nulls > 0 && valueKind(item, 'status') === 'null' && stringValue(item, 'type') === 'reasoning'
  return isOne ? WITHOUT_STATUS : null
}

/** What has been spliced together of whole values is an object. */
export function envelopeOf(bytes: Buffer): Envelope {
  const read = readEnvelope(bytes)
  if (!isEnvelope(read)) throw new Error(`an edited body is no JSON object: ${read.message}`)
  return read
}
