import { inflictAtOnce } from '../faults/inflict.ts'
import { chatContextLength } from '../faults/request-faults.ts'
import type { FailureEvent, FaultContext, FaultOrder } from '../faults/fault.ts'
import { admit } from '../generation/admission.ts'
import { deliver } from '../generation/deliver.ts'
import type { Frame, Reply } from '../generation/reply.ts'
import type { ErrorFields } from '../http/api-error.ts'
import type { Exchange } from '../http/exchange.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import { respond } from '../model/scripted-model.ts'
import type { Model } from '../models/model-table.ts'
import type { ChatOnly } from '../options.ts'
import type { Simulation } from '../simulation.ts'
import { chatFrames, failedChatFrames, type StreamedCompletion } from './chat-chunks.ts'
import { chatChoice, chatMessage, chatUsage, choiceLogprobs, type ChatChoice } from './chat-completion.ts'
import { readChatRequest } from './read-request.ts'

/** `POST /v1/chat/completions`. */
export function createCompletion(
  simulation: Simulation,
  exchange: Exchange,
  body: JsonObject,
  model: Model,
  order: FaultOrder | null,
  context: FaultContext,
): void {
  const { options, ids } = simulation
  const stream = body.stream === true
  if (order !== null && inflictAtOnce(exchange, order, context, stream)) return
  const { prompt, generation, legacyFunctions } = readChatRequest(
    body,
    model,
    String(body.model),
    options.chatOnly,
  )
  if (generation.inputTokens > model.contextWindow)
    throw chatContextLength(model.contextWindow, generation.inputTokens)

  const id = ids.chatCompletionId()
  const admission = admit(simulation, exchange, generation, id)
  if (admission === null) return
  const choices: ChatChoice[] = []
  for (let index = 0; index < generation.choices; index++) {
    choices.push(chatChoice(respond(prompt, options.seed, index), () => ids.callId(), legacyFunctions))
  }
  const streamOptions = isObject(body.stream_options) ? body.stream_options : {}
  const reply = new ChatReply({
    head: {
      id,
      object: 'chat.completion',
      created: Math.floor(options.clock.wall() / 1000),
      model: model.served,
    },
    tail: {
      service_tier: admission.serviceTier,
      system_fingerprint: model.efforts.length > 0 ? null : 'fp_simulator1',
    },
    choices,
    usage: chatUsage(generation.inputTokens, choices, admission.price),
    includeUsage: streamOptions.include_usage === true,
    obfuscate: streamOptions.include_obfuscation !== false,
    logprobs: body.logprobs === true,
    legacyFunctions,
    reasoning: options.chatOnly?.reasoning ?? 'hidden',
  })
  deliver(simulation, exchange, admission, reply, stream, order, context)
}

interface ChatParts {
  readonly head: JsonObject
  readonly tail: JsonObject
  readonly choices: readonly ChatChoice[]
  readonly usage: JsonObject
  readonly includeUsage: boolean
  readonly obfuscate: boolean
  readonly logprobs: boolean
  readonly legacyFunctions: boolean
  readonly reasoning: ChatOnly['reasoning']
}

/** An answer of the chat API, whole and as a stream. */
class ChatReply implements Reply {
  readonly ending
  readonly outputTokens: number
  readonly reasoningTokens: number
  readonly webSearches = 0
  readonly wait: number
  readonly #parts: ChatParts

  constructor(parts: ChatParts) {
    const [first] = parts.choices
    this.#parts = parts
    this.ending = first?.answer.ending === 'stop' ? ('completed' as const) : ('incomplete' as const)
    this.outputTokens = Number(parts.usage.completion_tokens)
    this.reasoningTokens = parts.choices.reduce((sum, { answer }) => sum + (answer.reasoning?.tokens ?? 0), 0)
    this.wait = first?.answer.wait ?? 0
  }

  body(): JsonObject {
    const { head, tail, choices, usage, logprobs, legacyFunctions, reasoning } = this.#parts
    return {
      ...head,
      choices: choices.map((choice, index) => ({
        index,
        message: chatMessage(choice, legacyFunctions, reasoning),
        logprobs: logprobs ? choiceLogprobs(choice) : null,
        finish_reason: choice.finishReason,
      })),
      usage,
      ...tail,
    }
  }

  frames(): Iterable<Frame> {
    return chatFrames(this.#streamed())
  }

  // Chat has no answer that says it failed: an error is all there is.
  failedBody(): null {
    return null
  }

  failedFrames(error: ErrorFields, _events: readonly FailureEvent[], late: boolean): Iterable<Frame> {
    return failedChatFrames(this.#streamed(), error, late)
  }

  #streamed(): StreamedCompletion {
    const { head, tail, choices, usage, includeUsage, obfuscate, logprobs, legacyFunctions, reasoning } =
      this.#parts
    return {
      head: { ...head, object: 'chat.completion.chunk', ...tail },
      choices,
      usage: includeUsage ? usage : null,
      obfuscate,
      logprobs,
      legacyFunctions,
      reasoning,
    }
  }
}
