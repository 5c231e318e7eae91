import { playStream } from '../generation/play-stream.ts'
import type { Frame } from '../generation/reply.ts'
import { invalidRequest } from '../http/api-error.ts'
import type { Exchange } from '../http/exchange.ts'
import type { JsonObject } from '../model/json.ts'
import type { Simulation } from '../simulation.ts'
import type { StoredResponse } from './response-store.ts'

/** `GET /v1/responses/:id`, also as a stream from `starting_after`. */
export function retrieveResponse(simulation: Simulation, exchange: Exchange, id: string): void {
  const stored = find(simulation, id)
  if (exchange.query.get('stream') !== 'true') {
    exchange.sendJson(200, stored.object)
    return
  }
  if (stored.replay === null) {
    const message = `Response with id '${id}' cannot be streamed: it was not created with background and stream.`
    throw invalidRequest(message, null, null, 404)
  }
  const after = Number(exchange.query.get('starting_after') ?? -1)
  exchange.startStream()
  const { frames, pace, startedAt } = stored.replay
  const target = {
    write: (text: string) => exchange.write(text),
    whenDrained: (callback: () => void) => exchange.whenDrained(callback),
    finished: () => exchange.end('completed'),
  }
  const play = playStream(muted(frames(), after + 1), pace, simulation.options.clock, target, startedAt)
  exchange.whenGone(() => play.stop())
}

/** `DELETE /v1/responses/:id`. */
export function deleteResponse(simulation: Simulation, exchange: Exchange, id: string): void {
  find(simulation, id).cancel?.()
  simulation.store.delete(id)
  exchange.sendJson(200, { id, object: 'response', deleted: true })
}

/** `POST /v1/responses/:id/cancel`: only for background responses, and as often as one likes. */
export function cancelResponse(simulation: Simulation, exchange: Exchange, id: string): void {
  const stored = find(simulation, id)
  if (stored.object.background !== true) {
    throw invalidRequest('Cannot cancel a synchronous response.', null, null, 400)
  }
  stored.cancel?.()
  exchange.sendJson(200, stored.object)
}

/** `GET /v1/responses/:id/input_items`, newest first unless `order=asc`. */
export function listInputItems(simulation: Simulation, exchange: Exchange, id: string): void {
  const { query } = exchange
  const all = [...find(simulation, id).input]
  if (query.get('order') !== 'asc') all.reverse()
  const after = query.get('after')
  const start = after === null ? 0 : all.findIndex((item) => item.id === after) + 1
  const limit = Math.min(100, Math.max(1, Number(query.get('limit') ?? 20) || 20))
  const data: JsonObject[] = all.slice(start, start + limit)
  exchange.sendJson(200, {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    has_more: start + limit < all.length,
    last_id: data.at(-1)?.id ?? null,
  })
}

function find(simulation: Simulation, id: string): StoredResponse {
  const stored = simulation.store.get(id)
  if (stored === undefined) throw invalidRequest(`Response with id '${id}' not found.`, null, null, 404)
  return stored
}

/** The first `count` frames fall silent but keep their place in time. */
function* muted(frames: Iterable<Frame>, count: number): Generator<Frame> {
  let index = 0
  for (const frame of frames) yield index++ < count ? { ...frame, text: '' } : frame
}
