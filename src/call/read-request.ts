import type { Problem, RequestFacts, UpstreamApi } from '../dialect/dialect.ts'
import { translateRequest } from '../dialect/chain.ts'
import { jsonProblem } from '../dialect/problems.ts'
import type { AnswerTranslation, RequestOrigin } from '../dialect/translation.ts'
import type { Way } from '../dialect/way.ts'
import { isEnvelope, readEnvelope, type Envelope } from '../lib/json-envelope.ts'
import type { Arrival } from './call.ts'

/** A request as it is to be sent, or what is wrong with it. */
export type RequestReading = GoodReading | { readonly problems: readonly Problem[] }

export interface GoodReading {
  readonly problems: null
  readonly api: UpstreamApi
  /** As the host takes it: the caller's own bytes wherever nothing has to be translated. */
  readonly body: Envelope
  readonly facts: RequestFacts
  /** Null where answers pass as they are. */
  readonly translation: AnswerTranslation | null
  readonly notes: readonly string[]
}

const NO_NOTES: readonly string[] = []

/** Reads the top level of a body; what has to be translated is read whole. */
export function readRequest(
  arrival: Arrival,
  raw: Buffer,
  { api, steps }: Way,
  { forgetsReasoning, isUncapped }: Pick<RequestOrigin, 'forgetsReasoning' | 'isUncapped'> = {},
): RequestReading {
  const { dialect, operation } = arrival
  const body = readEnvelope(raw)
  if (!isEnvelope(body)) return { problems: [jsonProblem(body, raw)] }
  let facts: RequestFacts | null = null
  if (!dialect.translation) {
    const problems = operation.name === 'create' ? dialect.problems(body) : []
    if (problems.length > 0) return { problems }
    facts = dialect.facts(body)
    if (steps.length === 0) return { problems: null, api, body, facts, translation: null, notes: NO_NOTES }
  }
  // For a chat the last step knows what of it to leave out: it may hold what a call cannot come back without (Gemini's signatures).
  const forgets = forgetsReasoning === true && api.name === 'responses'
  const origin = { ...originOf(arrival, api), forgetsReasoning: forgets, isUncapped: isUncapped === true }
  const translated = translateRequest(steps, body, origin)
  if (!translated.ok) return { problems: translated.problems }
  facts = translated.facts ?? facts
  if (!facts) throw new Error(`the translation of ${dialect.name} tells nothing of its requests`)
  return {
    problems: null,
    api,
    body: translated.body,
    facts,
    translation: translated.answer,
    notes: translated.notes,
  }
}

function originOf({ operation, fairnessKey }: Arrival, { name }: UpstreamApi): RequestOrigin {
  const isOther = operation.name === 'compact' || operation.name === 'input_tokens'
  return { operation: isOther ? operation.name : 'create', api: name, scope: fairnessKey }
}
