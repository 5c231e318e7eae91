import type { Problem, RequestFacts } from '../dialect/dialect.ts'
import { jsonProblem } from '../dialect/problems.ts'
import type { AnswerTranslation } from '../dialect/translation.ts'
import { isEnvelope, readEnvelope, type Envelope } from '../lib/json-envelope.ts'
import type { Arrival } from './call.ts'

/** A request as it is to be sent, or what is wrong with it. */
export type RequestReading =
  | {
      readonly problems: null
      /** In the upstream's dialect: the caller's own bytes wherever nothing has to be translated. */
      readonly body: Envelope
      readonly facts: RequestFacts
      readonly translation: AnswerTranslation | null
      readonly notes: readonly string[]
    }
  | { readonly problems: readonly Problem[] }

const NO_NOTES: readonly string[] = []

/** Reads the top level of a body; a dialect that has to be translated is read whole. */
export function readRequest({ dialect, operation }: Arrival, raw: Buffer): RequestReading {
  const body = readEnvelope(raw)
  if (!isEnvelope(body)) return { problems: [jsonProblem(body, raw)] }
  if (dialect.translation) {
    const translated = dialect.translation.request(body)
    if (!translated.ok) return { problems: translated.problems }
    const { facts, notes, answer } = translated
    return { problems: null, body: translated.body, facts, notes, translation: answer }
  }
  const problems = operation.name === 'create' ? dialect.problems(body) : []
  if (problems.length > 0) return { problems }
  return { problems: null, body, facts: dialect.facts(body), translation: null, notes: NO_NOTES }
}
