import type { Failure } from '../../call/outcome.ts'
import { member, parsed, type Envelope } from '../../lib/json-envelope.ts'
import { numberOf } from '../json-value.ts'
import type { ChatHostOptions } from './options.ts'

type Cap = ChatHostOptions['outputCap']

/** The prompt and the cap together are longer than the context: as vLLM says it, and as OpenAI did before it. */
const NO_ROOM = /\bin the completion\b|\boutput tokens\b|\bmax_(?:completion_)?tokens\b.*\btoo large\b/is
/** The cap alone is more than the model can write. */
const ABOVE_MOST =
  /\bmax_(?:completion_)?tokens\b.*(?:too large|at most|less than or equal|exceed|maximum|<=|≤)/is
const SMALLEST_MOST = 16

/**
 * True where a request was refused because the cap on its output does not fit behind its prompt. Without the cap the host lets the
 * model write as much as there is room for, which is all it could have written in any case.
 */
export function leavesNoRoom({ reason, upstreamMessage }: Failure, sent: Envelope, cap: Cap): boolean {
  if (reason !== 'context_overflow' || member(sent, cap) === undefined) return false
  return NO_ROOM.test(upstreamMessage ?? '')
}

/** The most that the model can write, where a host refused a cap above that and said it; else null. */
export function mostOutputIn({ reason, upstreamMessage }: Failure, sent: Envelope, cap: Cap): number | null {
  const message = upstreamMessage ?? ''
  const asked = numberOf(parsed(sent, cap))
  if (reason !== 'bad_request' || asked === null || !ABOVE_MOST.test(message)) return null
  const numbers = [...message.matchAll(/\d[\d,_]*/gu)].map(([digits]) =>
    Number(digits.replaceAll(/\D/gu, '')),
  )
  const most = Math.max(...numbers.filter((number) => number >= SMALLEST_MOST && number < asked))
  return Number.isFinite(most) ? most : null
}
