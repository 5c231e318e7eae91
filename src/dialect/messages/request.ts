import type { RequestFacts } from '../dialect.ts'
import type { RequestOrigin, UntranslatedRequest } from '../translation.ts'
import { isObject, listOf, numberOf, objectOf, objectsOf, stringOf, type JsonObject } from '../json-value.ts'
import { surveyConversation } from './request/conversation.ts'
import { Findings } from '../findings.ts'
import { translateMessages } from './request/input.ts'
import { UNKNOWN_MODEL, type RequestContext, type RequestOptions } from './request/options.ts'
import {
  checkUnsupported,
  thinkingDisplay,
  translateFormat,
  translateReasoning,
  translateSettings,
  type ThinkingDisplay,
} from './request/settings.ts'
import { translateSystem } from './request/system.ts'
import { translateToolChoice } from './request/tool-choice.ts'
import { ToolNames } from './request/tool-names.ts'
import { translateTools } from './request/tools.ts'

/** What the answer's translation must know of its request. */
export interface AnswerPlan {
  /** The model the client named; the answer echoes it. */
  readonly model: string
  readonly thinking: ThinkingDisplay
  readonly stopSequences: readonly string[]
  /** Tool names that had to change on the way up, to the client's own. */
  readonly toolNames: ReadonlyMap<string, string>
  /** The client asked for context management and expects to hear what was done: nothing. */
  readonly reportsEdits: boolean
}

export type RequestTranslation =
  | {
      readonly ok: true
      /** A request for `/v1/responses`; its `model` is the client's. */
      readonly body: JsonObject
      readonly plan: AnswerPlan
      readonly facts: RequestFacts
      /** Left out without changing the answer's meaning: for the log. */
      readonly notes: readonly string[]
    }
  | UntranslatedRequest

/** Translates the parsed body of `POST /v1/messages`. */
export function toResponses(
  value: unknown,
  options: RequestOptions = UNKNOWN_MODEL,
  { api, forgetsReasoning = false }: Partial<RequestOrigin> = {},
): RequestTranslation {
  const findings = new Findings()
  const context: RequestContext = { options, findings, names: new ToolNames(), hostChats: api === 'chat' }
  if (!isObject(value)) {
    findings.refuse([], 'The body must be a JSON object.', value, 'dict_type')
    return { ok: false, problems: findings.problems }
  }
  if (isObject(value['thread'])) return withoutThread(value['thread'], findings)
  const messages = checkedMessages(value, findings)
  const edits = listOf(objectOf(value['context_management'])['edits'])
  const surveyed = surveyConversation(messages, edits)
  const conversation = forgetsReasoning ? { ...surveyed, thinkingFrom: Infinity } : surveyed
  const tools = translateTools(value, conversation, context)
  const display = thinkingDisplay(value, tools.tools.length > 0)
  const reasoning = translateReasoning(value, conversation, display, context)
  const system = translateSystem(value, context)
  const items = translateMessages(messages, conversation, tools, context)
  if (messages.length > 0 && items.length === 0 && findings.problems.length === 0) {
    findings.refuse(['messages'], 'The messages hold nothing: say something in one of role user.')
  }
  checkUnsupported(value, context)
  const stopSequences = checkedStopSequences(value, findings)
  const stream = checkedStream(value, findings)
  const body: JsonObject = {
    model: value['model'],
    ...system.settings,
    input: [...system.items, ...items],
    ...(tools.tools.length === 0 ? {} : { tools: tools.tools }),
    ...translateToolChoice(value, tools, context),
    ...(tools.maxToolCalls === null ? {} : { max_tool_calls: tools.maxToolCalls }),
    ...reasoning,
    ...translateFormat(value, context),
    ...translateSettings(value, objectOf(reasoning['reasoning'])['effort'], context),
    ...included(tools.hasWebSearch, options),
    store: false,
    ...(stream ? { stream } : {}),
  }
  if (findings.problems.length > 0) return { ok: false, problems: findings.problems }
  const model = stringOf(value['model'])
  const plan: AnswerPlan = {
    model: model ?? '',
    thinking: display,
    stopSequences,
    toolNames: context.names.restored,
    reportsEdits: isObject(value['context_management']),
  }
  const facts: RequestFacts = {
    stream,
    model,
    maxOutput: numberOf(body['max_output_tokens']),
    choices: 1,
    serviceTier: stringOf(body['service_tier']),
    continuation: objectsOf(messages).some((message) => message['role'] === 'assistant'),
  }
  return { ok: true, body, plan, facts, notes: findings.notes }
}

/** Nothing is stored at OpenAI, so each answer must bring its reasoning along; a model that does not reason refuses the wish. */
function included(hasWebSearch: boolean, options: RequestOptions): JsonObject {
  const include = options.efforts?.length === 0 ? [] : ['reasoning.encrypted_content']
  if (hasWebSearch) include.push('web_search_call.action.sources')
  return include.length === 0 ? {} : { include }
}

/**
 * A conversation kept at the server. This server keeps none; on this answer Anthropic's SDK sends everything again without
 * a thread, by itself.
 */
function withoutThread(thread: JsonObject, findings: Findings): RequestTranslation {
  findings.refuse(
    ['thread'],
    'Message threads are not supported: send the whole conversation in every request.',
    thread['type'],
    'value_error',
    { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
  )
  return { ok: false, problems: findings.problems }
}

function checkedMessages(body: JsonObject, findings: Findings): readonly unknown[] {
  const messages = body['messages']
  if (messages === undefined) {
    findings.refuse(['messages'], 'A request needs messages.', null, 'missing')
    return []
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    findings.refuse(['messages'], 'messages must be a list of at least one message.', messages, 'list_type')
    return []
  }
  const last = messages.length - 1
  if (objectOf(messages[last])['role'] === 'assistant') {
    findings.refuse(
      ['messages', last],
      'OpenAI cannot continue an answer that the client began: end the messages with one of role user.',
    )
  }
  return messages
}

/** A client that takes `1` for yes would wait for events and get an object. */
function checkedStream({ stream }: JsonObject, findings: Findings): boolean {
  if (stream === undefined || stream === null || typeof stream === 'boolean') return stream === true
  findings.refuse(['stream'], 'stream must be true or false.', stream, 'bool_parsing')
  return false
}

function checkedStopSequences(body: JsonObject, findings: Findings): readonly string[] {
  const sequences = body['stop_sequences']
  if (sequences === undefined || sequences === null) return []
  const isList =
    Array.isArray(sequences) && sequences.every((each) => typeof each === 'string' && each !== '')
  if (isList) return sequences as readonly string[]
  findings.refuse(['stop_sequences'], 'stop_sequences must be a list of texts.', sequences, 'list_type')
  return []
}
