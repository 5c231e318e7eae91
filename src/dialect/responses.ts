import type { AnswerFacts, Failure } from '../call/outcome.ts'
import {
  booleanValue,
  isEnvelope,
  member,
  numberValue,
  parsed,
  readEnvelope,
  stringValue,
  valueKind,
  type Envelope,
} from '../lib/json-envelope.ts'
import { Words } from '../lib/words.ts'
import { responseFacts } from './answer-facts.ts'
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
import { COMMENT, openAiError, readStreamError } from './openai-error.ts'
import { openAiRefusal } from './problems.ts'
import { ResponsesMeter } from './responses-meter.ts'

/** OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses */
export const responses: NativeDialect = {
  name: 'responses',
  api: { name: 'responses', path: '/responses', answer, meter: () => new ResponsesMeter() },
  translation: null,
  heartbeat: COMMENT,
  // OpenAI's own. Not for everybody: its SDK's stream helper wants `response.created` first.
  heartbeatEvent: eventText('keepalive', { type: 'keepalive' }),
  callIdHeader: null,
  problems,
  facts,
  refusal: openAiRefusal,
  errorBody: (failure, failureFacts) => ({ error: openAiError(failure, failureFacts) }),
  errorEvents,
}

/** Only what could never be meant is listed; anything that is not here is the upstream's to judge. */
const kinds: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ['background', 'boolean'],
  ['include', 'list'],
  ['input', 'string_or_list'],
  ['instructions', 'string_or_list'],
  ['max_output_tokens', 'integer'],
  ['max_tool_calls', 'integer'],
  ['metadata', 'dictionary'],
  ['model', 'string'],
  ['parallel_tool_calls', 'boolean'],
  ['previous_response_id', 'string'],
  ['prompt_cache_key', 'string'],
  ['reasoning', 'dictionary'],
  ['safety_identifier', 'string'],
  ['service_tier', 'string'],
  ['store', 'boolean'],
  ['stream', 'boolean'],
  ['stream_options', 'dictionary'],
  ['temperature', 'number'],
  ['text', 'dictionary'],
  ['tools', 'list'],
  ['top_logprobs', 'integer'],
  ['top_p', 'number'],
  ['truncation', 'string'],
  ['user', 'string'],
])

/** Where one of these is set, the input may be elsewhere. */
const otherInputs = ['previous_response_id', 'conversation', 'prompt'] as const

function problems(body: Envelope): readonly Problem[] {
  const found = fieldProblems(body, kinds)
  const input = member(body, 'input')
  const isNull = input !== undefined && valueKind(body, 'input') === 'null'
  if ((input === undefined || isNull) && !otherInputs.some((field) => isSet(body, field))) {
    found.push(...(input ? wrongKind(body, input, 'string_or_list') : [missingField('input')]))
  }
  return found
}

const continuationMarkers = new Words('"assistant"', '"function_call_output"', '"custom_tool_call_output"')

function facts(body: Envelope): RequestFacts {
  return {
    stream: booleanValue(body, 'stream') ?? laxBoolean(parsed(body, 'stream')) ?? false,
    model: stringValue(body, 'model') ?? null,
    maxOutput: numberValue(body, 'max_output_tokens') ?? laxNumber(parsed(body, 'max_output_tokens')),
    choices: 1,
    serviceTier: stringValue(body, 'service_tier') ?? null,
    opaqueInput: otherInputs.some((field) => isSet(body, field)),
    continuation:
      stringValue(body, 'previous_response_id') !== undefined ||
      holdsMarker(body, 'input', continuationMarkers),
  }
}

function answer(body: Buffer): { facts: AnswerFacts; error: StreamError | null } | null {
  const envelope = readEnvelope(body)
  if (!isEnvelope(envelope)) return null
  const answerFacts = responseFacts(envelope)
  const failed = answerFacts.status === 'failed'
  // An error object without a status is an error that came with the wrong status line.
  const error = failed || answerFacts.status === null ? readStreamError(envelope) : null
  const unknown: StreamError | null = failed ? { type: null, code: null, param: null, message: null } : null
  return { facts: answerFacts, error: error ?? unknown }
}

/**
 * An `error` event and a `response.failed`, as OpenAI itself ends a failed stream: OpenAI's SDKs act on the first, Codex on the
 * second. The empty line in front closes an event that the upstream left unfinished.
 */
function errorEvents(failure: Failure, failureFacts: FailureFacts, sequence: number): string {
  const error = openAiError(failure, failureFacts)
  const failed = {
    type: 'response.failed',
    sequence_number: sequence + 1,
    response: {
      id: failureFacts.responseId ?? 'resp_unknown',
      object: 'response',
      status: 'failed',
      error: { code: error['code'], message: error['message'] },
      incomplete_details: null,
      output: [],
      usage: null,
    },
  }
  return `\n\n${eventText('error', { type: 'error', sequence_number: sequence, error })}${eventText(failed.type, failed)}`
}

function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

function isSet(body: Envelope, field: string): boolean {
  const kind = valueKind(body, field)
  return kind !== undefined && kind !== 'null'
}
