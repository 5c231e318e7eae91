import { logProbabilities } from '../generation/log-probabilities.ts'
import type { JsonObject } from '../model/json.ts'
import type { Answer, AnswerPart } from '../model/prompt.ts'
import type { ChatOnly } from '../options.ts'
import type { Price } from '../plugs.ts'

/** A choice of a chat completion before it takes its form. */
export interface ChatChoice {
  readonly answer: Answer
  readonly text: string | null
  readonly refusal: string | null
  readonly calls: readonly ChatCall[]
  readonly finishReason: string
}

export interface ChatCall {
  readonly id: string
  readonly type: 'function' | 'custom'
  readonly name: string
  readonly input: string
}

/** Brings the parts of an answer into one message. */
export function chatChoice(answer: Answer, newCallId: () => string, legacyFunctions: boolean): ChatChoice {
  const texts = answer.parts.filter((part) => part.kind === 'text')
  const refusal = answer.parts.find((part) => part.kind === 'refusal')
  const calls = answer.parts.filter((part) => part.kind === 'call').map((part) => chatCall(part, newCallId()))
  return {
    answer,
    text: texts.length === 0 ? null : texts.map((part) => part.text).join('\n'),
    refusal: refusal?.text ?? null,
    calls: legacyFunctions ? calls.slice(0, 1) : calls,
    finishReason: finishReason(answer, calls.length > 0, legacyFunctions),
  }
}

/** The message of a finished choice. */
export function chatMessage(
  choice: ChatChoice,
  legacyFunctions: boolean,
  reasoning: ChatOnly['reasoning'],
): JsonObject {
  const { refusal, calls } = choice
  const thought = choice.answer.reasoning?.text ?? null
  const thinks = reasoning === 'think' && thought !== null
  const text = thinks ? `<think>${thought}</think>\n\n${choice.text ?? ''}` : choice.text
  const [first] = calls
  return {
    role: 'assistant',
    content: text,
    ...(thought === null || reasoning === 'hidden' || thinks ? {} : { [reasoning]: thought }),
    ...(calls.length > 0 && !legacyFunctions
      ? { tool_calls: calls.map((call) => callForm(call, call.input)) }
      : {}),
    ...(first !== undefined && legacyFunctions
      ? { function_call: { name: first.name, arguments: first.input } }
      : {}),
    refusal,
    annotations: [],
  }
}

export function callForm(call: ChatCall, input: string): JsonObject {
  const { id, type, name } = call
  return type === 'function'
    ? { id, type, function: { name, arguments: input } }
    : { id, type, custom: { name, input } }
}

export function choiceLogprobs(choice: ChatChoice): JsonObject {
  return {
    content: choice.text === null ? null : (logProbabilities(choice.text) as unknown as JsonObject[]),
    refusal: null,
  }
}

export function chatUsage(inputTokens: number, choices: readonly ChatChoice[], price: Price): JsonObject {
  let completion = 0
  let reasoning = 0
  for (const { answer } of choices) {
    completion += answer.outputTokens
    reasoning += answer.reasoning?.tokens ?? 0
  }
  return {
    prompt_tokens: inputTokens,
    completion_tokens: completion,
    total_tokens: inputTokens + completion,
    prompt_tokens_details: {
      cached_tokens: price.cachedTokens,
      cache_write_tokens: price.cacheWriteTokens,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

function chatCall(part: Extract<AnswerPart, { kind: 'call' }>, id: string): ChatCall {
  return { id, type: part.tool.kind, name: part.tool.name, input: part.input }
}

function finishReason(answer: Answer, calls: boolean, legacyFunctions: boolean): string {
  if (answer.ending === 'max_output_tokens') return 'length'
  if (answer.ending === 'content_filter') return 'content_filter'
  if (!calls) return 'stop'
  return legacyFunctions ? 'function_call' : 'tool_calls'
}
