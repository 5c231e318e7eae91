import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import type { StreamError, TranslatedDialect } from '../dialect.ts'
import { responses } from '../responses.ts'
import type {
  AnswerTranslation,
  RequestOrigin,
  TranslatedRequest,
  UntranslatedRequest,
  WholeAnswer,
} from '../translation.ts'
import { PING, sse } from './answer/block-writer.ts'
import { estimateInputTokens } from './count-tokens.ts'
import { messagesErrorBody, messagesErrorEvents, messagesRefusal, messagesStatus } from './errors.ts'
import type { RequestOptions } from './request/options.ts'
import { toResponses, type AnswerPlan } from './request.ts'
import { toMessage } from './response.ts'
import { MessagesStream } from './stream.ts'

/**
 * Anthropic's Messages API, https://platform.claude.com/docs/en/api/messages, over OpenAI's Responses.
 * @param options what the model behind it can take
 */
export function messages(options: RequestOptions): TranslatedDialect {
  return {
    name: 'messages',
    api: responses.api,
    translation: { request: (body, origin) => translate(body, options, origin) },
    heartbeat: PING,
    heartbeatEvent: null,
    callIdHeader: 'request-id',
    refusal: messagesRefusal,
    errorStatus: messagesStatus,
    errorBody: messagesErrorBody,
    errorEvents: messagesErrorEvents,
  }
}

function translate(
  envelope: Envelope,
  options: RequestOptions,
  origin: RequestOrigin,
): TranslatedRequest | UntranslatedRequest {
  const value: unknown = JSON.parse(envelope.bytes.toString('utf8', envelope.start, envelope.end))
  const translated = toResponses(value, options, origin)
  if (!translated.ok) return translated
  const { facts, notes, plan } = translated
  const body = readEnvelope(Buffer.from(JSON.stringify(translated.body)))
  if (!isEnvelope(body)) throw new Error(`a translated request is not JSON: ${body.message}`)
  const inputTokens = facts.stream ? estimateInputTokens(value) : 0
  return { ok: true, body, facts, notes, answer: answerTranslation(plan, inputTokens) }
}

function answerTranslation(plan: AnswerPlan, inputTokens: number): AnswerTranslation {
  const stream = () => new MessagesStream(plan, { inputTokens })
  return { stream, whole: (body, asEvents) => (asEvents ? events(stream(), body) : message(plan, body)) }
}

function message(plan: AnswerPlan, body: Buffer): WholeAnswer {
  const translated = toMessage(JSON.parse(body.toString()), plan)
  return translated.ok ? whole(JSON.stringify(translated.message)) : translated
}

/** The last event of a stream holds the whole answer, and is enough. */
function events(stream: MessagesStream, body: Buffer): WholeAnswer {
  const type = 'response.completed'
  const text = stream.push(Buffer.from(sse(type, { type, response: JSON.parse(body.toString()) as unknown })))
  const unfinished: StreamError = { type: 'protocol', code: null, param: null, message: null }
  return stream.ended ? whole(text) : { ok: false, error: stream.failure ?? unfinished }
}

function whole(text: string): WholeAnswer {
  return { ok: true, body: Buffer.from(text) }
}
