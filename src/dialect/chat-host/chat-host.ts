import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { objectOf, stringOf, textOf, type JsonObject } from '../json-value.ts'
import { responses } from '../responses.ts'
import type {
  AnswerTranslation,
  RequestOrigin,
  TranslatedRequest,
  Translation,
  UntranslatedRequest,
} from '../translation.ts'
import type { ChatHostOptions } from './options.ts'
import { toChat, type AnswerPlan } from './request.ts'
import { toResponse } from './response.ts'
import type { ResponseMemory } from './response-memory.ts'
import { ResponsesStream } from './stream.ts'

export interface ChatHostSettings {
  /** As far as they are known by now. */
  readonly options: () => ChatHostOptions
  /** What `previous_response_id` is served from; null refuses it. */
  readonly memory: ResponseMemory | null
  readonly newId: () => string
  /** Seconds since 1970. */
  readonly now: () => number
}

/** OpenAI's Responses over the Chat Completions of a host that knows nothing else. */
export function chatHost(settings: ChatHostSettings): Translation {
  return { request: (body, origin) => translate(body, origin, settings) }
}

function translate(
  envelope: Envelope,
  { operation, scope, isUncapped }: RequestOrigin,
  { options: currentOptions, memory, newId, now }: ChatHostSettings,
): TranslatedRequest | UntranslatedRequest {
  const options = currentOptions()
  if (operation !== 'create') {
    return refusal(
      [],
      `${options.host} only speaks Chat Completions: it has no /responses/${operation}.`,
      operation,
    )
  }
  const sent = objectOf(JSON.parse(envelope.bytes.toString('utf8', envelope.start, envelope.end)))
  const value = memory ? withReferredItems(sent, (id) => memory.item(scope, id)) : sent
  const previous = stringOf(value['previous_response_id'])
  const earlier = previous === null ? [] : (memory?.recall(scope, previous) ?? null)
  if (earlier === null) return forgotten(previous, memory !== null, options.host)
  const translated = toChat(value, options, {
    id: newId(),
    now: now(),
    earlier,
    isUncapped: isUncapped === true,
  })
  if (!translated.ok) return translated
  const { notes, plan } = translated
  const body = readEnvelope(Buffer.from(JSON.stringify(translated.body)))
  if (!isEnvelope(body)) throw new Error(`a translated request is not JSON: ${body.message}`)
  const keeper = value['store'] === false ? null : memory
  return {
    ok: true,
    body,
    // What a previous response holds is known here.
    facts: previous === null ? null : { ...responses.facts(envelope), opaqueInput: false },
    notes,
    answer: answerTranslation(plan, keeper && remembering(keeper, scope, earlier, value['input'])),
  }
}

/** Apart from `translate`, so that a call does not keep its whole request alive until its answer has come. */
function answerTranslation(
  plan: AnswerPlan,
  completed: ((response: string) => void) | null,
): AnswerTranslation {
  return {
    stream: () => new ResponsesStream(plan, completed),
    whole: (bytes, asEvents) => toResponse(JSON.parse(bytes.toString()), plan, { asEvents, completed }),
  }
}

/** Items that the input only names, as clients do that trust in answers being stored, put in where they are known. */
function withReferredItems(body: JsonObject, find: (id: string) => JsonObject | null): JsonObject {
  const { input } = body
  if (!Array.isArray(input)) return body
  const items = input.map((item: unknown) => {
    const { type, id } = objectOf(item)
    return type === 'item_reference' ? (find(textOf(id)) ?? item) : item
  })
  return { ...body, input: items }
}

function remembering(
  memory: ResponseMemory,
  scope: string,
  earlier: readonly unknown[],
  input: unknown,
): (response: string) => void {
  return (response) => memory.remember(scope, earlier, input, response)
}

function forgotten(id: string | null, keeps: boolean, host: string): UntranslatedRequest {
  return refusal(
    ['previous_response_id'],
    keeps
      ? 'No such answer is remembered for this rollout or session: it may be too old (chat.remember_responses). Send the whole conversation in input.'
      : `${host} only speaks Chat Completions and keeps no answers: send the whole conversation in input, or set chat.remember_responses.`,
    id,
  )
}

function refusal(location: readonly string[], msg: string, input: unknown): UntranslatedRequest {
  return { ok: false, problems: [{ type: 'value_error', loc: ['body', ...location], msg, input }] }
}
