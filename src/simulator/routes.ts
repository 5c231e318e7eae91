import { createCompletion } from './chat/create-completion.ts'
import { invalidRequest, missingParameter } from './http/api-error.ts'
import { authenticate } from './http/credentials.ts'
import type { Exchange } from './http/exchange.ts'
import { matchPath } from './http/paths.ts'
import { parseBody, readBody } from './http/read-body.ts'
import { answerExtra } from './extra-routes.ts'
import { asApiError } from './http/api-error.ts'
import type { FaultContext, FaultOrder } from './faults/fault.ts'
import type { JsonObject } from './model/json.ts'
import { findModel } from './models/capabilities.ts'
import { listedModel, listModels } from './models/list-models.ts'
import type { Model } from './models/model-table.ts'
import { invalidType } from './checks/shapes.ts'
import { compactResponse, countInputTokens } from './responses/compact-response.ts'
import { createResponse } from './responses/create-response.ts'
import {
  cancelResponse,
  deleteResponse,
  listInputItems,
  retrieveResponse,
} from './responses/stored-responses.ts'
import type { ExtraRoute } from './plugs.ts'
import type { Simulation } from './simulation.ts'

/** Answers a request under `/v1`, whose key has been checked. */
type Handler = (simulation: Simulation, exchange: Exchange, id: string) => void

/** Answers a POST with a JSON body that names a model. */
type ModelHandler = (
  simulation: Simulation,
  exchange: Exchange,
  body: JsonObject,
  model: Model,
  order: FaultOrder | null,
  context: FaultContext,
) => void

const generating: Readonly<Record<string, ModelHandler>> = {
  '/v1/responses': createResponse,
  '/v1/chat/completions': createCompletion,
  '/v1/responses/input_tokens': countInputTokens,
  '/v1/responses/compact': compactResponse,
}

const others: readonly [method: string, path: RegExp, handler: Handler][] = [
  [
    'GET',
    /^\/v1\/models$/,
    (simulation, exchange) =>
      exchange.sendJson(200, { object: 'list', data: listModels(simulation.options.today) }),
  ],
  ['GET', /^\/v1\/models\/([^/]+)$/, retrieveModel],
  ['GET', /^\/v1\/responses\/([^/]+)$/, retrieveResponse],
  ['DELETE', /^\/v1\/responses\/([^/]+)$/, deleteResponse],
  ['POST', /^\/v1\/responses\/([^/]+)\/cancel$/, cancelResponse],
  ['GET', /^\/v1\/responses\/([^/]+)\/input_items$/, listInputItems],
]

/** Finds what answers a request under `/v1`, and lets it; errors become answers. */
export function answer(simulation: Simulation, exchange: Exchange, extra: readonly ExtraRoute[]): void {
  try {
    const handle = findHandler(simulation, exchange, extra)
    const { headers } = exchange.request
    exchange.apiKey = (headers.authorization ?? '').replace(/^Bearer\s+/i, '')
    exchange.owner = authenticate(headers, simulation.options.keys, simulation.options.owner)
    handle()
  } catch (thrown) {
    exchange.sendError(asApiError(thrown))
  }
}

/** What answers; a 404 or 405, for which no key is needed, where nothing does. */
function findHandler(simulation: Simulation, exchange: Exchange, extra: readonly ExtraRoute[]): () => void {
  const { request, path } = exchange
  const method = request.method ?? 'GET'
  if (simulation.options.chatOnly !== null && path.startsWith('/v1/responses')) {
    throw invalidRequest(`Invalid URL (${method} ${path})`, null, null, 404)
  }
  const post = Object.hasOwn(generating, path) ? generating[path] : undefined
  if (post !== undefined && method === 'POST') {
    return () => readBody(request, (raw) => answerPost(simulation, exchange, raw, post))
  }
  const found = others.filter(([, pattern]) => pattern.test(path))
  const route = found.find(([wanted]) => wanted === method)
  if (route !== undefined) {
    const [, pattern, handler] = route
    return () => handler(simulation, exchange, decodeURIComponent(pattern.exec(path)?.[1] ?? ''))
  }
  for (const one of extra) {
    const parameters = one.method === method ? matchPath(one.path, path.replace(/^\/v1/, '')) : null
    if (parameters !== null) return () => answerExtra(exchange, one, parameters)
  }
  throw found.length > 0 || post !== undefined
    ? invalidRequest(`Invalid method for URL (${method} ${path})`, null, null, 405)
    : invalidRequest(`Invalid URL (${method} ${path})`, null, null, 404)
}

function answerPost(
  simulation: Simulation,
  exchange: Exchange,
  raw: string | null,
  handler: ModelHandler,
): void {
  if (raw === null) return
  const { entry } = exchange
  try {
    const body = parseBody(raw)
    simulation.journal.keepBody(entry, body, raw.length)
    entry.stream = body.stream === true
    if (body.model === undefined || body.model === null) throw missingParameter('model')
    if (typeof body.model !== 'string') throw invalidType('model', 'a string', body.model)
    entry.model = body.model
    const order = chooseFault(simulation, exchange, raw, body.model)
    if (order !== null) entry.fault = order.fault.name
    const model = findModel(body.model, simulation.options.today, simulation.options.anyModel)
    handler(simulation, exchange, body, model, order, faultContext(simulation, exchange, body.model, order))
  } catch (thrown) {
    exchange.sendError(asApiError(thrown))
  }
}

function chooseFault(
  simulation: Simulation,
  exchange: Exchange,
  raw: string,
  model: string,
): FaultOrder | null {
  const { request, path, apiKey, entry } = exchange
  const chosen = simulation.faults.choose({
    path,
    headers: request.headers,
    apiKey,
    model,
    stream: entry.stream,
    raw,
  })
  if (typeof chosen === 'string') throw invalidRequest(chosen, 'x-simulate-fault', 'unknown_fault')
  return chosen
}

function faultContext(
  simulation: Simulation,
  exchange: Exchange,
  model: string,
  order: FaultOrder | null,
): FaultContext {
  return {
    model,
    ...exchange.owner,
    api: exchange.path === '/v1/chat/completions' ? 'chat' : 'responses',
    requestId: exchange.entry.id,
    apiKey: exchange.apiKey,
    wall: simulation.options.clock.wall(),
    settings: order?.settings ?? {},
  }
}

function retrieveModel(simulation: Simulation, exchange: Exchange, id: string): void {
  exchange.sendJson(
    200,
    listedModel(id, findModel(id, simulation.options.today, simulation.options.anyModel)),
  )
}
