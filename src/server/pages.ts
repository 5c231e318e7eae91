import type { IncomingHttpHeaders } from 'node:http'
import type { Reply, ReplyHeaders } from '../call/reply.ts'
import { decodedSegment, type Target } from './routes.ts'

export interface PageRequest {
  readonly target: Target
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly reply: Reply
  sendJson(status: number, value: unknown, headers?: ReplyHeaders): void
}

/** A route that Spotter answers by itself. */
export type Page = (request: PageRequest) => void | Promise<void>

/** Gym polls this to see that the server is there; any answer will do, this is the one its own server gives. */
export const liveness: Page = ({ sendJson }) => sendJson(200, { status: 'ok' })

/** OpenAI's model list, holding the one model this server serves. */
export function modelPages(model: string, created: number): ReadonlyMap<string, Page> {
  const entry = { id: model, object: 'model', created, owned_by: 'openai' }
  return new Map<string, Page>([
    ['models', ({ sendJson }) => sendJson(200, { object: 'list', data: [entry] })],
    [
      'model',
      ({ target, sendJson }) => {
        const asked = decodedSegment(target.path.slice('/v1/models/'.length))
        if (asked === model) return sendJson(200, entry)
        const message = `This server serves the model ${model} only, whatever model a request names.`
        return sendJson(404, {
          error: { message, type: 'invalid_request_error', param: null, code: 'model_not_found' },
        })
      },
    ],
  ])
}
