import type { AnswerFacts, Failure } from '../call/outcome.ts'
import {
  isEnvelope,
  member,
  parsed,
  readEnvelope,
  slice,
  stringValue,
  valueKind,
  type Envelope,
} from '../lib/json-envelope.ts'
import { Words } from '../lib/words.ts'
import { chatUsage, noFacts } from './answer-facts.ts'
import { ChatCompletionsMeter } from './chat-completions-meter.ts'
import { holdsMarker } from './continuation.ts'
import type { FailureFacts, NativeDialect, Problem, RequestFacts, StreamError } from './dialect.ts'
import {
  fieldProblems,
  laxBoolean,
  laxNumber,
  missingField,
  wrongKind,
  type FieldKind,
} from './field-checks.ts'
import { ENDED_IN_ERROR, ERROR_REASON, finishReasonIn } from './finish-reason.ts'
import { listOf, objectOf, stringOf } from './json-value.ts'
import { COMMENT, openAiError, readStreamError } from './openai-error.ts'
import { openAiRefusal } from './problems.ts'

const EMPTY_CHUNK = {
  id: 'chatcmpl-keepalive',
  object: 'chat.completion.chunk',
  created: 0,
  model: '',
  choices: [],
}

/** OpenAI's Chat Completions API: https://platform.openai.com/docs/api-reference/chat */
export const chatCompletions: NativeDialect = {
  name: 'chat',
  api: { name: 'chat', path: '/chat/completions', answer, meter: () => new ChatCompletionsMeter() },
  translation: null,
  heartbeat: COMMENT,
  // As Azure's first one: a chunk of nothing.
  heartbeatEvent: `data: ${JSON.stringify(EMPTY_CHUNK)}\n\n`,
  callIdHeader: null,
  problems,
  facts,
  refusal: openAiRefusal,
  errorBody: (failure, failureFacts) => ({ error: openAiError(failure, failureFacts) }),
  errorEvents,
}

/** Only what could never be meant is listed; anything that is not here is the upstream's to judge. */
const kinds: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ['frequency_penalty', 'number'],
  ['logit_bias', 'dictionary'],
  ['logprobs', 'boolean'],
  ['max_completion_tokens', 'integer'],
  ['max_tokens', 'integer'],
  ['messages', 'list'],
  ['metadata', 'dictionary'],
  ['modalities', 'list'],
  ['model', 'string'],
  ['n', 'integer'],
  ['parallel_tool_calls', 'boolean'],
  ['presence_penalty', 'number'],
  ['prompt_cache_key', 'string'],
  ['reasoning_effort', 'string'],
  ['response_format', 'dictionary'],
  ['safety_identifier', 'string'],
  ['seed', 'integer'],
  ['service_tier', 'string'],
  ['stop', 'string_or_list'],
  ['store', 'boolean'],
  ['stream', 'boolean'],
  ['stream_options', 'dictionary'],
  ['temperature', 'number'],
  ['tools', 'list'],
  ['top_logprobs', 'integer'],
  ['top_p', 'number'],
  ['user', 'string'],
])

function problems(body: Envelope): readonly Problem[] {
  const found = fieldProblems(body, kinds)
  const messages = member(body, 'messages')
  if (!messages) found.push(missingField('messages'))
  else if (valueKind(body, 'messages') === 'null') found.push(...wrongKind(body, messages, 'list'))
  return found
}

const continuationMarkers = new Words('"assistant"', '"tool"')

function facts(body: Envelope): RequestFacts {
  return {
    stream: laxBoolean(parsed(body, 'stream')) ?? false,
    model: stringValue(body, 'model') ?? null,
    maxOutput: laxNumber(parsed(body, 'max_completion_tokens')) ?? laxNumber(parsed(body, 'max_tokens')),
    choices: Math.max(1, laxNumber(parsed(body, 'n')) ?? 1),
    serviceTier: stringValue(body, 'service_tier') ?? null,
    continuation: holdsMarker(body, 'messages', continuationMarkers),
  }
}

function answer(body: Buffer): { facts: AnswerFacts; error: StreamError | null } | null {
  const envelope = readEnvelope(body)
  if (!isEnvelope(envelope)) return null
  const choices = slice(envelope, 'choices')
  const stopReason = choices ? finishReasonIn(choices) : null
  const answerFacts: AnswerFacts = {
    ...noFacts,
    id: stringValue(envelope, 'id') ?? null,
    model: stringValue(envelope, 'model') ?? null,
    serviceTier: stringValue(envelope, 'service_tier') ?? null,
    stopReason,
    usage: chatUsage(parsed(envelope, 'usage')),
  }
  const failed = stopReason === ERROR_REASON
  if (choices && !failed) return { facts: answerFacts, error: null }
  const error = readStreamError(envelope) ?? (failed ? choiceError(envelope) : null)
  return { facts: answerFacts, error }
}

/** The error of an answer that the host gave up on, where it stands inside the choice. */
function choiceError(envelope: Envelope): StreamError {
  const { error } = objectOf(listOf(parsed(envelope, 'choices'))[0])
  const { code, message } = objectOf(error)
  const said = { code: stringOf(code), message: stringOf(message) ?? ENDED_IN_ERROR.message }
  return { ...ENDED_IN_ERROR, ...said }
}

/**
 * A chunk with an `error`, on which OpenAI's SDKs throw. No `[DONE]` behind it: that would tell a client which does not look at
 * errors that the answer is complete. The empty line in front closes a chunk that the upstream left unfinished.
 */
function errorEvents(failure: Failure, failureFacts: FailureFacts): string {
  return `\n\ndata: ${JSON.stringify({ error: openAiError(failure, failureFacts) })}\n\n`
}
