import { readAnswerFormat } from '../checks/answer-format.ts'
import { checkNamespaces, checkPairing } from '../checks/item-pairing.ts'
import { checkInputItems } from '../checks/responses-input.ts'
import { checkResponsesRequest } from '../checks/responses-request.ts'
import { readResponsesToolChoice } from '../checks/tool-choice.ts'
import { readResponsesTools, type ToolSet } from '../checks/tools.ts'
import { openReasoning } from '../encrypted-reasoning.ts'
import { commonSettings, type GenerationRequest } from '../generation/generation-request.ts'
import { PromptPieces } from '../generation/prompt-pieces.ts'
import { invalidRequest } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import type { Prompt } from '../model/prompt.ts'
import { checkResponsesCapabilities, effortOf, reasons } from '../models/capabilities.ts'
import type { Model } from '../models/model-table.ts'
import { inputItems, readItems } from './read-conversation.ts'
import type { ResponseStore } from './response-store.ts'

/** A Responses request that OpenAI would take, read for the model, the bill and the store. */
export interface ResponsesRequest {
  readonly prompt: Prompt
  readonly generation: GenerationRequest
  /** The request's own items, and those of the responses before it. */
  readonly input: readonly JsonObject[]
  readonly before: readonly JsonObject[]
  /** Reasoning items that were made for another organisation or model, and are left out. */
  readonly inputTransformations: readonly JsonObject[]
}

/** Checks and reads; an ApiError where OpenAI answers with one. */
export function readResponsesRequest(
  body: JsonObject,
  model: Model,
  modelName: string,
  organization: string,
  store: ResponseStore,
): ResponsesRequest {
  checkResponsesRequest(body)
  checkResponsesCapabilities(model, body)
  if (Array.isArray(body.input)) checkInputItems(body.input)
  const before = previousContext(body, store)
  const input = inputItems(body.input, store)
  const items = before.length === 0 ? input : [...before, ...input]
  const tools: ToolSet = { callable: [], hosted: new Set() }
  readResponsesTools(body.tools, 'tools', tools)
  for (const [index, item] of items.entries()) {
    if (item.type === 'additional_tools' || item.type === 'tool_search_output') {
      readResponsesTools(item.tools, `input[${Math.max(0, index - before.length)}].tools`, tools)
    }
  }
  const choice = readResponsesToolChoice(body.tool_choice, tools)
  checkNamespaces(items, before.length, tools)
  const inputTransformations: JsonObject[] = []
  checkPairing(items, before.length, {
    isStored: (id) => store.item(id) !== undefined,
    decrypt(content, itemId) {
      const sealed = openReasoning(content, itemId)
      const reason = transformationReason(sealed, organization, model)
      if (reason !== null)
        inputTransformations.push({ id: sealed.id, action: 'removed', reason, type: 'reasoning' })
      return sealed.id
    },
  })
  const text = isObject(body.text) ? body.text : {}
  const format = readAnswerFormat(text.format, 'responses', () =>
    /json/i.test(JSON.stringify([body.instructions, items])),
  )

  const pieces = new PromptPieces()
  if (Array.isArray(body.tools) && body.tools.length > 0) pieces.add('tools', '', JSON.stringify(body.tools))
  const instructions = typeof body.instructions === 'string' ? body.instructions : ''
  if (instructions !== '') pieces.add('instructions', 'system', instructions)
  const effort = effortOf(model, isObject(body.reasoning) ? body.reasoning.effort : undefined)
  const turns = readItems(items, pieces)
  if (format.type === 'json_schema') pieces.add('format', '', JSON.stringify(format.schema))
  return {
    prompt: {
      turns: instructions === '' ? turns : [{ kind: 'text', role: 'system', text: instructions }, ...turns],
      tools: tools.callable,
      choice,
      parallel: body.parallel_tool_calls !== false,
      format,
      reasons: reasons(model, effort),
      maxOutput: typeof body.max_output_tokens === 'number' ? body.max_output_tokens : null,
      stop: [],
    },
    generation: {
      endpoint: 'responses',
      model,
      modelName,
      ...commonSettings(body, pieces),
      maxOutput: typeof body.max_output_tokens === 'number' ? body.max_output_tokens : 0,
      choices: 1,
      cacheSettings: {
        effort,
        verbosity: text.verbosity ?? 'medium',
        parallel_tool_calls: body.parallel_tool_calls ?? true,
        context_management: body.context_management ?? null,
      },
    },
    input,
    before,
    inputTransformations,
  }
}

function previousContext(body: JsonObject, store: ResponseStore): readonly JsonObject[] {
  const id = body.previous_response_id
  if (typeof id !== 'string') return []
  const previous = store.get(id)
  if (previous === undefined) {
    const message = `Previous response with id '${id}' not found.`
    throw invalidRequest(message, 'previous_response_id', 'previous_response_not_found')
  }
  return previous.context
}

function transformationReason(
  sealed: { organization: string; model: string },
  organization: string,
  model: Model,
): string | null {
  if (sealed.organization !== organization) return 'organization_mismatch'
  return sealed.model !== model.served && !model.lenient ? 'model_mismatch' : null
}
