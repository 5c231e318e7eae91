import { asApiError } from './http/api-error.ts'
import type { Exchange } from './http/exchange.ts'
import { parseBody, readBody } from './http/read-body.ts'
import type { ExtraRoute } from './plugs.ts'

/** An endpoint that quota or billing brings along. */
export function answerExtra(exchange: Exchange, route: ExtraRoute, parameters: Record<string, string>): void {
  readBody(exchange.request, (raw) => {
    if (raw === null) return
    try {
      const body = raw === '' ? undefined : parseBody(raw)
      const { headers } = exchange.request
      const answered = route.handle({
        method: route.method,
        organization: exchange.owner.organization,
        parameters,
        query: exchange.query,
        headers,
        body,
      })
      exchange.sendJson(answered.status, answered.body)
    } catch (thrown) {
      exchange.sendError(asApiError(thrown))
    }
  })
}
