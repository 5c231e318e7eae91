import { checkPlainHost } from '../checks/plain-host.ts'
import { admit } from '../generation/admission.ts'
import type { Exchange } from '../http/exchange.ts'
import type { JsonObject } from '../model/json.ts'
import type { Model } from '../models/model-table.ts'
import type { Simulation } from '../simulation.ts'
import { compactionAnswer, compactionItem } from './compaction.ts'
import { readResponsesRequest, type ResponsesRequest } from './read-request.ts'
import { responseUsage } from './response-object.ts'

/** `POST /v1/responses/input_tokens`. */
export function countInputTokens(
  simulation: Simulation,
  exchange: Exchange,
  body: JsonObject,
  model: Model,
): void {
  const { generation } = read(simulation, exchange, body, model)
  exchange.sendJson(200, { object: 'response.input_tokens', input_tokens: generation.inputTokens })
}

/** `POST /v1/responses/compact`: keeps what the user said and folds the rest into one sealed item. */
export function compactResponse(
  simulation: Simulation,
  exchange: Exchange,
  body: JsonObject,
  model: Model,
): void {
  const request = read(simulation, exchange, body, model)
  const { generation } = request
  const createdAt = Math.floor(simulation.options.clock.wall() / 1000)
  const ids = simulation.ids.responseIds(createdAt)
  const admission = admit(simulation, exchange, generation, ids.id)
  if (admission === null) return
  const kept = [...request.before, ...request.input].filter(
    (item) => item.type === 'message' && item.role === 'user',
  )
  const { outputTokens } = compactionAnswer
  const { organization } = exchange.owner
  admission.settle('completed', outputTokens, 0, 0)
  exchange.sendJson(200, {
    id: ids.id,
    object: 'response.compaction',
    created_at: createdAt,
    output: [
      ...kept.map((item, index) => ({ id: ids.item('msg', index, false), status: 'completed', ...item })),
      compactionItem(request.prompt.turns, kept.length, ids, { organization, model: model.served }),
    ],
    usage: responseUsage(generation.inputTokens, outputTokens, 0, admission.price),
  })
}

function read(simulation: Simulation, exchange: Exchange, body: JsonObject, model: Model): ResponsesRequest {
  if (!simulation.options.namespaces) checkPlainHost(body)
  return readResponsesRequest(body, model, String(body.model), exchange.owner.organization, simulation.store)
}
