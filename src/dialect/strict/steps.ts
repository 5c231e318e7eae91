import { parsed, valueKind, type Envelope } from '../../lib/json-envelope.ts'
import { splice } from '../../lib/json-splice.ts'
import { laxBoolean, laxNumber } from '../field-checks.ts'
import { envelopeOf } from '../gym/reasoning-status.ts'
import { wantsStream } from '../gym/whole-answers.ts'
import { isObject, listOf, objectOf, type JsonObject } from '../json-value.ts'
import type { AnswerTranslation, TranslatedRequest, Translation } from '../translation.ts'
import { chatFields, isResponsesField, keptOfMessages, reasoningFields, responsesFields } from './accepted.ts'
import { only, prunedCompletion, prunedItem, prunedResponse } from './prune.ts'

const NO_NOTES: readonly string[] = []

/** Requests as Gym's model of them writes them, and whole answers as its model of those does. */
export const strictResponses: Translation = step(responsesEdits, prunedResponse)
export const strictChat: Translation = step(chatEdits, prunedCompletion)

type TextEdits = ReadonlyMap<string, string | null>

function step(edits: (body: Envelope) => TextEdits, prune: (answer: JsonObject) => JsonObject): Translation {
  const answer: AnswerTranslation = {
    whole(body) {
      const value: unknown = JSON.parse(body.toString())
      return { ok: true, body: isObject(value) ? Buffer.from(JSON.stringify(prune(value))) : body }
    },
    stream() {
      throw new Error('a whole answer has no stream')
    },
  }
  return {
    request(body, { operation }): TranslatedRequest | null {
      if (operation !== 'create') return null
      const sent = envelopeOf(splice(body, edits(body)))
      const pruned = wantsStream(body) ? null : answer
      return { ok: true, body: sent, facts: null, notes: NO_NOTES, answer: pruned }
    },
  }
}

function responsesEdits(body: Envelope): TextEdits {
  const edits = new Map<string, string | null>()
  for (const { key } of body.members) {
    if (!isResponsesField(key)) edits.set(key, null)
    const coerced = coercion(body, key)
    if (coerced !== null) edits.set(key, coerced)
  }
  if (valueKind(body, 'reasoning') === 'object') {
    edits.set('reasoning', JSON.stringify(only(objectOf(parsed(body, 'reasoning')), reasoningFields)))
  }
  if (valueKind(body, 'input') === 'array') {
    edits.set('input', JSON.stringify(listOf(parsed(body, 'input')).map(prunedItem)))
  }
  return edits
}

/** What Pydantic makes of a word or a number where another kind belongs; null where the value is of its kind already. */
function coercion(body: Envelope, name: string): string | null {
  const kind = responsesFields.get(name)
  const found = valueKind(body, name)
  if (kind === 'boolean' && (found === 'string' || found === 'number')) {
    return JSON.stringify(laxBoolean(parsed(body, name)))
  }
  const isNumber = kind === 'number' || kind === 'integer'
  return isNumber && found === 'string' ? JSON.stringify(laxNumber(parsed(body, name))) : null
}

function chatEdits(body: Envelope): TextEdits {
  const edits = new Map<string, string | null>()
  for (const { key } of body.members) if (!chatFields.has(key)) edits.set(key, null)
  if (valueKind(body, 'messages') === 'array') {
    edits.set('messages', JSON.stringify(listOf(parsed(body, 'messages')).map(prunedMessage)))
  }
  return edits
}

function prunedMessage(message: unknown): unknown {
  if (!isObject(message)) return message
  const { role } = message
  const members =
    typeof role === 'string' && Object.hasOwn(keptOfMessages, role) ? keptOfMessages[role] : undefined
  return members ? only(message, members) : message
}
