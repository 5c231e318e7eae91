import type { IncomingMessage } from 'node:http'
import type { Arrival } from '../call/call.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { nextCallId } from '../lib/ids.ts'
import { countsEvents } from './counts-events.ts'
import type { Route, Target } from './routes.ts'

/** What is known of calls before their bodies are read: where they go, and who sends them. */
export class Arrivals {
  readonly #connections = new WeakMap<object, string>()

  /** @param session the session that the request's cookie names, or a new one */
  arrivalOf(
    request: IncomingMessage,
    target: Target,
    route: Extract<Route, { kind: 'call' }>,
    dialect: Dialect,
    session: string,
  ): Arrival {
    const id = nextCallId()
    const own = request.headers['x-client-request-id']
    return {
      id,
      dialect,
      operation: route.operation,
      path: route.path + target.query,
      rollout: target.rollout,
      rolloutIsFileName: target.rolloutIsFileName,
      trainingCapture: target.trainingCapture,
      clientSessionId: clientSession(request),
      session,
      account: target.rollout ?? (request.headers.cookie ? session : null),
      fairnessKey: target.rollout ?? (request.headers.cookie ? session : this.#connectionId(request.socket)),
      clientRequestId: typeof own === 'string' && /^[\x21-\x7e]{1,512}$/.test(own) ? own : id,
      clientRetries: Number(request.headers['x-stainless-retry-count'] ?? 0) || 0,
      countsEvents: countsEvents(request.headers),
      arrivedAt: performance.now(),
      arrivedWall: Date.now(),
    }
  }

  #connectionId(socket: object): string {
    let id = this.#connections.get(socket)
    if (!id) {
      id = `connection-${nextCallId()}`
      this.#connections.set(socket, id)
    }
    return id
  }
}

/** As Gym reads it: a header that says two things says nothing. */
function clientSession(request: IncomingMessage): string | null {
  if (request.headers['x-session-id'] === undefined) return null
  const [value, ...others] = new Set(request.headersDistinct['x-session-id'])
  return others.length === 0 ? (value ?? null) : null
}
