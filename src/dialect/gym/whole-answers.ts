import { booleanValue, parsed, type Envelope } from '../../lib/json-envelope.ts'
import { laxBoolean } from '../field-checks.ts'
import type { StreamTranslation, TranslatedRequest, Translation, WholeAnswer } from '../translation.ts'

const NO_NOTES: readonly string[] = []

/**
 * A step that changes or watches whole Responses answers and nothing else. Streams pass: whoever reads those has no models of Gym's.
 * @param adapt gets the answer and whose call it is
 */
export function wholeAnswers(adapt: (body: Buffer, scope: string) => WholeAnswer): Translation {
  return {
    request(body, { operation, scope }): TranslatedRequest | null {
      if (operation !== 'create' || wantsStream(body)) return null
      const answer = { whole: (whole: Buffer) => adapt(whole, scope), stream: neverAsked }
      return { ok: true, body, facts: null, notes: NO_NOTES, answer }
    },
  }
}

/** True where the caller asks for events. */
export function wantsStream(body: Envelope): boolean {
  return booleanValue(body, 'stream') ?? laxBoolean(parsed(body, 'stream')) === true
}

function neverAsked(): StreamTranslation {
  throw new Error('a whole answer has no stream')
}
