import { invalidRequest, unsupportedValue, type ApiError } from '../http/api-error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import { modelTable, ownModel, type Model } from './model-table.ts'

/** Finds the model a request names; a 404 for one that does not exist or was shut down before `today`. */
export function findModel(id: string, today: string, anyModel: boolean): Model {
  const known = modelTable.get(id)
  if (known === undefined && (anyModel || id.startsWith('fault-'))) return ownModel(id)
  if (known === undefined || (known.shutdown !== null && known.shutdown <= today)) throw modelNotFound(id)
  return known
}

export function modelNotFound(id: string): ApiError {
  const message = `The model \`${id}\` does not exist or you do not have access to it.`
  return invalidRequest(message, null, 'model_not_found', 404)
}

/** The effort a Responses request gets: the one asked for, else the model's default. */
export function effortOf(model: Model, asked: unknown): string {
  return typeof asked === 'string' ? asked : model.defaultEffort
}

/** Whether the model thinks before it answers; the simulator's own models do so only when asked. */
export function reasons(model: Model, effort: string): boolean {
  return model.efforts.length > 0 && effort !== 'none' && effort !== ''
}

export function checkResponsesCapabilities(model: Model, body: JsonObject): void {
  if (model.lenient) return
  const reasoning = isObject(body.reasoning) ? body.reasoning : {}
  if (model.efforts.length === 0) {
    const asked = ['effort', 'summary'].find((name) => (reasoning[name] ?? null) !== null)
    if (asked !== undefined) throw unsupportedParameter(`reasoning.${asked}`)
    if (Array.isArray(body.include) && body.include.includes('reasoning.encrypted_content')) {
      throw invalidRequest('Encrypted content is not supported with this model.', 'include')
    }
  } else checkEffort(model, reasoning.effort, 'reasoning.effort')
  checkSampling(model, body, effortOf(model, reasoning.effort), null)
}

export function checkChatCapabilities(model: Model, body: JsonObject): void {
  if (model.lenient) return
  if (model.chat === 'responses-only') {
    const message = 'This model is only supported in v1/responses and not in v1/chat/completions.'
    throw invalidRequest(message, 'model', null, 404)
  }
  const asked = body.reasoning_effort ?? null
  if (model.efforts.length === 0) {
    if (asked !== null) {
      throw invalidRequest('Unrecognized request argument supplied: reasoning_effort', null)
    }
  } else {
    checkEffort(model, asked, 'reasoning_effort')
    if ((body.max_tokens ?? null) !== null) {
      throw unsupportedParameter('max_tokens', " Use 'max_completion_tokens' instead.")
    }
    const newest = model.chat === 'tools-if-none' || model.chat === 'no-tools'
    if (newest && (body.stop ?? null) !== null) throw unsupportedParameter('stop')
  }
  checkChatTools(model, body, asked)
  checkChatOutput(model, body)
  checkSampling(model, body, effortOf(model, asked), 'unsupported_value')
}

function checkChatTools(model: Model, body: JsonObject, effort: unknown): void {
  if (!Array.isArray(body.tools) || body.tools.length === 0 || model.chat === 'tools') return
  if (model.chat === 'tools-if-none' && effort === 'none') return
  if (model.chat === 'tools-unless-effort' && (effort === null || effort === 'none')) return
  const advice =
    model.chat === 'tools-if-none'
      ? "To use function tools, use /v1/responses or set reasoning_effort to 'none'."
      : 'Please use /v1/responses instead.'
  throw invalidRequest(
    `Function tools with reasoning_effort are not supported for ${model.id} in /v1/chat/completions. ${advice}`,
    'reasoning_effort',
  )
}

function checkChatOutput(model: Model, body: JsonObject): void {
  const param = typeof body.max_completion_tokens === 'number' ? 'max_completion_tokens' : 'max_tokens'
  const asked = body[param]
  if (typeof asked !== 'number' || asked <= model.maxOutput) return
  throw invalidRequest(
    `max_tokens is too large: ${asked}. This model supports at most ${model.maxOutput} completion tokens, ` +
      `whereas you provided ${asked}.`,
    param,
    'invalid_value',
  )
}

function checkEffort(model: Model, asked: unknown, param: string): void {
  if (asked === undefined || asked === null) return
  if (!model.efforts.includes(String(asked))) throw unsupportedValue(param, asked, model.efforts)
}

// Responses refuses the parameter, chat completions the value; 1 is the default and passes in both.
function checkSampling(
  model: Model,
  body: JsonObject,
  effort: string,
  chatCode: 'unsupported_value' | null,
): void {
  if (model.sampling === 'full' || (model.sampling === 'if-none' && effort === 'none')) return
  for (const param of ['temperature', 'top_p']) {
    const value = body[param] ?? 1
    if (value === 1) continue
    if (chatCode === null) {
      throw invalidRequest(`Unsupported parameter: '${param}' is not supported with this model.`, param)
    }
    const message = `Unsupported value: '${param}' does not support ${String(value)} with this model. Only the default (1) value is supported.`
    throw invalidRequest(message, param, chatCode)
  }
}

function unsupportedParameter(param: string, advice = ''): ApiError {
  const message = `Unsupported parameter: '${param}' is not supported with this model.${advice}`
  return invalidRequest(message, param, 'unsupported_parameter')
}
