import { objectOf } from '../json-value.ts'
import type { AnswerTranslation, RequestOrigin, TranslatedRequest, Translation } from '../translation.ts'
import type { Envelope } from '../../lib/json-envelope.ts'
import { flattenRequest, type Original } from './request.ts'
import { restoreResponse } from './response.ts'
import { NamespaceStream } from './stream.ts'
import { wholeEvents } from './whole-events.ts'

/**
 * Responses with namespaces of tools over a host that has none: on the way up a namespace becomes part of its tools' names,
 * on the way down calls get it back.
 * @param flattens whether the host needs that
 */
export function namespaces(flattens: (origin: RequestOrigin) => boolean): Translation {
  return { request: (body, origin) => (flattens(origin) ? translate(body) : null) }
}

function translate(envelope: Envelope): TranslatedRequest | null {
  const flat = flattenRequest(envelope)
  if (flat === null) return null
  const { body, notes, original } = flat
  return { ok: true, body, facts: null, notes, answer: answerTranslation(original) }
}

function answerTranslation(original: Original): AnswerTranslation | null {
  const { names, tools, toolChoice } = original
  if (names.size === 0 && tools === undefined && toolChoice === undefined) return null
  return {
    stream: () => new NamespaceStream(original),
    whole(body, asEvents) {
      const response = restoreResponse(objectOf(JSON.parse(body.toString())), original)
      return { ok: true, body: Buffer.from(asEvents ? wholeEvents(response) : JSON.stringify(response)) }
    },
  }
}
