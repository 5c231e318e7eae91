import { checkPlainHost } from '../checks/plain-host.ts'
import { inflictAtOnce } from '../faults/inflict.ts'
import { responsesContextLength } from '../faults/request-faults.ts'
import type { FaultContext, FaultOrder } from '../faults/fault.ts'
import { admit } from '../generation/admission.ts'
import { deliver } from '../generation/deliver.ts'
import type { Exchange } from '../http/exchange.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import { respond } from '../model/scripted-model.ts'
import type { Model } from '../models/model-table.ts'
import type { Simulation } from '../simulation.ts'
import { runInBackground } from './background.ts'
import { compactionAnswer, compactionItem } from './compaction.ts'
import { outputItems, type OutputItem } from './output-items.ts'
import { readResponsesRequest } from './read-request.ts'
import { newResponseObject } from './response-object.ts'
import { ResponseReply } from './response-reply.ts'

/** `POST /v1/responses`. */
export function createResponse(
  simulation: Simulation,
  exchange: Exchange,
  body: JsonObject,
  model: Model,
  order: FaultOrder | null,
  context: FaultContext,
): void {
  const { options, store } = simulation
  const modelName = String(body.model)
  const { organization } = exchange.owner
  const stream = body.stream === true
  if (order !== null && inflictAtOnce(exchange, order, context, stream)) return
  if (!options.namespaces) checkPlainHost(body)
  const request = readResponsesRequest(body, model, modelName, organization, store)
  const { generation, prompt } = request
  const tooLong = generation.inputTokens > model.contextWindow
  if (tooLong && !stream) throw responsesContextLength()

  const createdAt = Math.floor(options.clock.wall() / 1000)
  const ids = simulation.ids.responseIds(createdAt)
  const admission = admit(simulation, exchange, generation, ids.id)
  if (admission === null) return
  const compacts = request.input.at(-1)?.type === 'compaction_trigger'
  const answer = compacts ? compactionAnswer : respond(prompt, options.seed)
  const include = Array.isArray(body.include) ? body.include : []
  const summary = isObject(body.reasoning) ? (body.reasoning.summary ?? null) : null
  const logprobs = include.includes('message.output_text.logprobs')
  const owner = { organization, model: model.served }
  const compacted = (): OutputItem[] => {
    const item = compactionItem(prompt.turns, 0, ids, owner)
    return [{ kind: 'compaction', started: item, done: item, text: '', hiddenTokens: answer.outputTokens }]
  }
  const said = (): OutputItem[] =>
    outputItems(answer, {
      ids,
      idMaker: simulation.ids,
      ...owner,
      phases: model.phases,
      encrypted: include.includes('reasoning.encrypted_content'),
      summary: summary !== null,
      logprobs,
    })
  const items = compacts ? compacted() : said()
  const { inputTransformations } = request
  const reply = new ResponseReply({
    created: newResponseObject(body, { id: ids.id, createdAt, model, inputTransformations }),
    answer,
    items,
    price: admission.price,
    inputTokens: generation.inputTokens,
    serviceTier: admission.serviceTier,
    clock: options.clock,
    obfuscate: !(isObject(body.stream_options) && body.stream_options.include_obfuscation === false),
    logprobs,
  })
  const background = body.background === true
  if (body.store !== false || background) reply.keepIn(store, request)
  if (background) {
    runInBackground(simulation, exchange, admission, reply, stream)
    return
  }
  const tooLongOrder: FaultOrder = {
    fault: { name: 'context-length', summary: '', action: { kind: 'error', error: responsesContextLength } },
    settings: {},
  }
  deliver(simulation, exchange, admission, reply, stream, tooLong ? tooLongOrder : order, context)
}
