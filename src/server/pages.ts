import type { IncomingHttpHeaders } from 'node:http'
import type { Reply, ReplyHeaders } from '../call/reply.ts'
import { toMessagesModel, toMessagesModels, wantsMessagesModels } from '../dialect/messages/index.ts'
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

/**
 * Codex asks for a list of its own, which says how to prompt each model; where it gets none it can read it asks three times and
 * complains. An empty list leaves what Codex knows by itself.
 */
function wantsCodexModels({ query }: Target): boolean {
  return /[?&]client_version=/u.test(query)
}

/** The model list, holding the one model this server serves: OpenAI's, or Anthropic's for its clients. */
export function modelPages(model: string, created: number): ReadonlyMap<string, Page> {
  const entry = { id: model, object: 'model', created, owned_by: 'openai' }
  return new Map<string, Page>([
    [
      'models',
      ({ target, headers, sendJson }) => {
        const list = { object: 'list', data: [entry] }
        if (wantsMessagesModels(headers)) return sendJson(200, toMessagesModels(list))
        sendJson(200, wantsCodexModels(target) ? { ...list, models: [] } : list)
      },
    ],
    [
      'model',
      ({ target, headers, sendJson }) => {
        const isMessages = wantsMessagesModels(headers)
        const asked = decodedSegment(target.path.slice('/v1/models/'.length))
        if (asked === model) return sendJson(200, isMessages ? toMessagesModel(entry) : entry)
        const message = `This server serves the model ${model} only, whatever model a request names.`
        if (isMessages) return sendJson(404, { type: 'error', error: { type: 'not_found_error', message } })
        return sendJson(404, {
          error: { message, type: 'invalid_request_error', param: null, code: 'model_not_found' },
        })
      },
    ],
  ])
}
