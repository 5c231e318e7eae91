import type { ErrorFields } from '../http/api-error.ts'
import { logProbability } from '../generation/log-probabilities.ts'
import { obfuscation } from '../generation/obfuscation.ts'
import type { Frame } from '../generation/reply.ts'
import type { JsonObject } from '../model/json.ts'
import { splitTokens } from '../model/tokens.ts'
import { callForm, type ChatCall, type ChatChoice } from './chat-completion.ts'
import type { ChatOnly } from '../options.ts'

/** A chat completion as its stream tells it. */
export interface StreamedCompletion {
  /** id, object, created, model, service_tier, system_fingerprint: the same in every chunk. */
  readonly head: JsonObject
  readonly choices: readonly ChatChoice[]
  /** The last chunk's usage; null when it was not asked for, and then no chunk has the member. */
  readonly usage: JsonObject | null
  readonly obfuscate: boolean
  readonly logprobs: boolean
  readonly legacyFunctions: boolean
  readonly reasoning: ChatOnly['reasoning']
}

interface Delta {
  readonly delta: JsonObject
  readonly tokens: number
  /** The text that the padding hides the length of. */
  readonly shown: string
  readonly logprobs?: JsonObject
}

/** The chunks of a completion: roles first, the choices one after the other, usage, `[DONE]`. */
export function* chatFrames(completion: StreamedCompletion): Generator<Frame> {
  let order = 0
  for (const [index, choice] of completion.choices.entries()) {
    for (const delta of deltas(choice, completion)) yield chunk(completion, index, delta, null, order++)
    yield chunk(completion, index, { delta: {}, tokens: 0, shown: '' }, choice.finishReason, order++)
  }
  if (completion.usage !== null) {
    const padding = completion.obfuscate ? { obfuscation: obfuscation(6, order) } : {}
    yield data({ ...completion.head, choices: [], usage: completion.usage, ...padding }, 0)
  }
  yield { text: 'data: [DONE]\n\n', tokens: 0 }
}

/** A stream that fails: its chunk has `error` and nothing else, and no `[DONE]` follows. */
export function* failedChatFrames(
  completion: StreamedCompletion,
  error: ErrorFields,
  late: boolean,
): Generator<Frame> {
  if (late) {
    const all = [...chatFrames(completion)]
    yield* all.slice(0, Math.max(1, Math.floor(all.length / 2)))
  }
  yield data({ error: { ...error } }, 0)
}

function* deltas(choice: ChatChoice, completion: StreamedCompletion): Generator<Delta> {
  const { text, refusal, calls } = choice
  // Reasoning is not shown in chat, but its time passes before the first word.
  let hidden = choice.answer.reasoning?.tokens ?? 0
  const opening = text === null && calls.length > 0 ? null : ''
  yield { delta: { role: 'assistant', content: opening, refusal: null }, tokens: 0, shown: '' }
  if (completion.reasoning !== 'hidden' && choice.answer.reasoning !== null) {
    yield* thoughts(choice.answer.reasoning.text, completion.reasoning)
    hidden = 0
  }
  for (const piece of splitTokens(text ?? '')) {
    const logprobs = completion.logprobs
      ? { logprobs: { content: [logProbability(piece) as unknown as JsonObject], refusal: null } }
      : {}
    yield { delta: { content: piece }, tokens: 1 + hidden, shown: piece, ...logprobs }
    hidden = 0
  }
  for (const piece of splitTokens(refusal ?? '')) {
    yield { delta: { refusal: piece }, tokens: 1 + hidden, shown: piece }
    hidden = 0
  }
  for (const [index, call] of calls.entries()) {
    yield { ...callOpening(call, index, completion.legacyFunctions), tokens: 6 + hidden }
    hidden = 0
    for (const piece of splitTokens(call.input)) {
      yield { delta: callDelta(call, index, piece, completion.legacyFunctions), tokens: 1, shown: piece }
    }
  }
}

/** What the model thought, where the host shows it. */
function* thoughts(text: string, shownIn: 'reasoning_content' | 'reasoning' | 'think'): Generator<Delta> {
  const tagged = shownIn === 'think' ? `<think>${text}</think>\n\n` : text
  const member = shownIn === 'think' ? 'content' : shownIn
  for (const piece of splitTokens(tagged)) yield { delta: { [member]: piece }, tokens: 1, shown: piece }
}

function callOpening(call: ChatCall, index: number, legacy: boolean): { delta: JsonObject; shown: string } {
  if (legacy) return { delta: { function_call: { name: call.name, arguments: '' } }, shown: '' }
  return { delta: { tool_calls: [{ index, ...callForm(call, '') }] }, shown: '' }
}

function callDelta(call: ChatCall, index: number, piece: string, legacy: boolean): JsonObject {
  if (legacy) return { function_call: { arguments: piece } }
  const inner = call.type === 'function' ? { function: { arguments: piece } } : { custom: { input: piece } }
  return { tool_calls: [{ index, ...inner }] }
}

function chunk(
  completion: StreamedCompletion,
  index: number,
  { delta, tokens, shown, logprobs }: Delta,
  finish_reason: string | null,
  order: number,
): Frame {
  const usage = completion.usage === null ? {} : { usage: null }
  const padding = completion.obfuscate ? { obfuscation: obfuscation(shown.length, order) } : {}
  const choices = [{ index, delta, logprobs: logprobs ?? null, finish_reason }]
  return data({ ...completion.head, choices, ...usage, ...padding }, tokens)
}

function data(fields: JsonObject, tokens: number): Frame {
  return { text: `data: ${JSON.stringify(fields)}\n\n`, tokens }
}
