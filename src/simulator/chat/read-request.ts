import { readAnswerFormat } from '../checks/answer-format.ts'
import { checkChatMessages } from '../checks/chat-messages.ts'
import { checkChatRequest } from '../checks/chat-request.ts'
import { readChatToolChoice } from '../checks/tool-choice.ts'
import { readChatTools, type ToolSet } from '../checks/tools.ts'
import { commonSettings, type GenerationRequest } from '../generation/generation-request.ts'
import { PromptPieces } from '../generation/prompt-pieces.ts'
import { isObject, type Json, type JsonObject } from '../model/json.ts'
import type { Prompt } from '../model/prompt.ts'
import { checkChatCapabilities, effortOf, reasons } from '../models/capabilities.ts'
import type { Model } from '../models/model-table.ts'
import type { ChatOnly } from '../options.ts'
import { readMessages } from './read-messages.ts'

export interface ChatRequest {
  readonly prompt: Prompt
  readonly generation: GenerationRequest
  /** The request used the old `functions`, and its answer has to say `function_call`. */
  readonly legacyFunctions: boolean
}

/** Checks and reads a chat request; an ApiError where OpenAI answers with one. */
export function readChatRequest(
  body: JsonObject,
  model: Model,
  modelName: string,
  chatOnly: ChatOnly | null,
): ChatRequest {
  checkChatRequest(body)
  checkChatCapabilities(model, body)
  const messages = body.messages as Json[]
  checkChatMessages(messages, chatOnly?.reasoning)
  const legacyFunctions = Array.isArray(body.functions) && body.tools === undefined
  const toolList = legacyFunctions
    ? (body.functions as Json[]).map((definition) => ({ type: 'function', function: definition }))
    : body.tools
  const tools: ToolSet = { callable: [], hosted: new Set() }
  readChatTools(toolList, tools)
  const choice = readChatToolChoice(
    legacyFunctions ? legacyChoice(body.function_call) : body.tool_choice,
    tools,
  )
  const format = readAnswerFormat(body.response_format, 'chat', () => /json/i.test(JSON.stringify(messages)))
  const effort = effortOf(model, body.reasoning_effort)

  const pieces = new PromptPieces()
  if (Array.isArray(toolList) && toolList.length > 0) pieces.add('tools', '', JSON.stringify(toolList))
  const turns = readMessages(messages as JsonObject[], pieces)
  if (format.type === 'json_schema') pieces.add('format', '', JSON.stringify(format.schema))
  const maxOutput = Number(body.max_completion_tokens ?? body.max_tokens ?? 0)
  return {
    prompt: {
      turns,
      tools: tools.callable,
      choice,
      parallel: body.parallel_tool_calls !== false && !legacyFunctions,
      format,
      reasons: reasons(model, effort),
      maxOutput: maxOutput === 0 ? null : maxOutput,
      stop: stopWords(body.stop),
    },
    generation: {
      endpoint: 'chat',
      model,
      modelName,
      ...commonSettings(body, pieces),
      maxOutput,
      choices: typeof body.n === 'number' ? body.n : 1,
      cacheSettings: {
        effort,
        verbosity: body.verbosity ?? 'medium',
        parallel_tool_calls: body.parallel_tool_calls ?? true,
      },
    },
    legacyFunctions,
  }
}

function legacyChoice(choice: Json | undefined): Json | undefined {
  return isObject(choice) ? { type: 'function', function: choice } : choice
}

function stopWords(stop: Json | undefined): string[] {
  if (typeof stop === 'string') return [stop]
  return Array.isArray(stop) ? stop.filter((word) => typeof word === 'string') : []
}
