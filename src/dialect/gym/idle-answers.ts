import { arrayElements } from '../../lib/json-elements.ts'
import {
  isEnvelope,
  member,
  parsed,
  readEnvelope,
  stringValue,
  valueKind,
  type Envelope,
} from '../../lib/json-envelope.ts'
import { splice } from '../../lib/json-splice.ts'
import { LeastRecent } from '../../lib/least-recent.ts'
import { Words } from '../../lib/words.ts'
import { objectOf } from '../json-value.ts'
import type { Translation } from '../translation.ts'
import { isActedOn } from './acted-on.ts'
import { wholeAnswers } from './whole-answers.ts'

/** Conversations counted at a time. */
const CONVERSATIONS = 10_000

/** As OpenAI writes it, an answer that an agent can act on holds one of these; any other spelling is looked at closely. */
const usual = new Words('"type":"message"', '"type":"function_call"')

/**
 * Ends conversations that lead nowhere. Some releases of NeMo Gym's `simple_agent` ask again, at full price and without end, when an answer
 * holds neither words nor a call (nothing at all, or reasoning alone). The last of `most` such answers in a row is told as one that was
 * cut off, on which agents stop.
 */
export function idleAnswers(most: number): Translation {
  const idle = new LeastRecent<string, number>(CONVERSATIONS)
  return wholeAnswers((body, scope) => {
    const isIdle = !usual.anyIn(body) && holdsNothing(body)
    if (!isIdle) {
      if (idle.size > 0) idle.delete(scope)
      return { ok: true, body }
    }
    const count = (idle.get(scope) ?? 0) + 1
    idle.set(scope, count)
    return { ok: true, body: count < most ? body : cutOff(body, count) }
  })
}

function holdsNothing(body: Buffer): boolean {
  const answer = readEnvelope(body)
  if (!isEnvelope(answer) || stringValue(answer, 'status') !== 'completed') return false
  const output = member(answer, 'output')
  if (!output || valueKind(answer, 'output') !== 'array') return false
  for (const { start, end } of arrayElements(body, output.start, output.end)) {
    const item = readEnvelope(body, start, end)
    if (isEnvelope(item) && isActedOn(stringValue(item, 'type'))) return false
  }
  return true
}

function cutOff(body: Buffer, count: number): Buffer {
  const answer = readEnvelope(body) as Envelope
  const metadata = {
    ...objectOf(parsed(answer, 'metadata')),
    spotter_reason: 'idle_answers',
    spotter_message: `The model has given ${count} answers in a row without a message or a tool call.`,
  }
  return splice(
    answer,
    new Map([
      ['status', '"incomplete"'],
      ['incomplete_details', '{"reason":"max_output_tokens"}'],
      ['metadata', JSON.stringify(metadata)],
    ]),
  )
}
