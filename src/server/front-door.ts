import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Call } from '../call/call.ts'
import { bodyTooLarge, internalError } from '../call/gateway-failures.ts'
import type { Gateway } from '../call/gateway.ts'
import { handle } from '../call/pipeline.ts'
import { refuse as refuseCall, settleRefused } from '../call/refusal.ts'
import type { Reply, ReplyHeaders } from '../call/reply.ts'
import { reasonPhrase } from '../call/status.ts'
import type { Dialect, Problem } from '../dialect/dialect.ts'
import { Arrivals } from './arrivals.ts'
import { readBody } from './body.ts'
import { decodeBody } from './decode-body.ts'
import type { Page } from './pages.ts'
import { refuseUnread } from './refuse-unread.ts'
import { HttpReply } from './reply.ts'
import { findRoute, readTarget } from './routes.ts'
import type { Sessions } from './session.ts'
import { unknownAddress } from './unknown-address.ts'
import { isWebSocket, refuseUpgrade } from './upgrade.ts'

export interface FrontDoorSettings {
  readonly maxBodyBytes: number
  readonly accessLog: ((line: string) => void) | null
  /** A defect of our own, for the log. */
  readonly report: (error: unknown) => void
}

export interface FrontDoor {
  readonly server: Server
  /** Calls that have not been answered yet. */
  readonly active: ReadonlySet<Call>
  /** Requests whose body is still coming. */
  readonly arriving: number
}

/**
 * The HTTP side: finds the route, reads the body, watches for a caller that leaves. Whatever happens behind it, the
 * request gets an answer.
 */
export function createFrontDoor(
  gateway: Gateway,
  dialects: Readonly<Record<Dialect['name'], Dialect>>,
  pages: ReadonlyMap<string, Page>,
  sessions: Sessions,
  settings: FrontDoorSettings,
): FrontDoor {
  const active = new Set<Call>()
  let arriving = 0
  const arrivals = new Arrivals()

  const server = createServer(
    {
      noDelay: true,
      // Longer than the client pools that talk to us (Gym's keep idle connections for 15 s), so that it is never us
      // who closes a connection just as a request comes in.
      keepAliveTimeout: 75_000,
      requestTimeout: 0,
      headersTimeout: 60_000,
      connectionsCheckingInterval: 10_000,
      maxHeaderSize: 64 * 1024,
      shouldUpgradeCallback: isWebSocket,
    },
    (request, response) => {
      void serve(request, response)
    },
  )
  server.on('upgrade', refuseUpgrade)

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = sessions.open(request.headers.cookie)
    const common: ReplyHeaders = { 'set-cookie': session.setCookie, vary: 'Cookie' }
    const reply = new HttpReply(response, common, () => !server.listening)
    const sendJson = (status: number, value: unknown, headers: ReplyHeaders = {}): void =>
      reply.send(status, { 'content-type': 'application/json', ...headers }, JSON.stringify(value))

    const target = readTarget(request.url ?? '/')
    const route = target ? findRoute(request.method ?? 'GET', target.path) : { kind: 'not_found' as const }
    if (settings.accessLog) {
      const { accessLog } = settings
      response.on('finish', () => accessLog(`${request.method} ${request.url} ${response.statusCode}`))
    }
    const refuse = (status: number, detail: string, headers: ReplyHeaders = {}): void =>
      refuseUnread(request, reply, status, JSON.stringify({ detail }), headers)
    if (!target || route.kind === 'not_found') {
      const unknown = unknownAddress(request.method ?? 'GET', target?.path ?? request.url ?? '/')
      return refuseUnread(request, reply, 404, JSON.stringify(unknown), {})
    }
    if (route.kind === 'method_not_allowed') {
      return refuse(405, 'Method Not Allowed', { allow: route.allow })
    }
    arriving += 1
    const sent = await readBody(request, settings.maxBodyBytes)
    const encoding = request.headers['content-encoding']
    const body =
      encoding === undefined || sent.kind !== 'body'
        ? sent
        : await decodeBody(sent.bytes, encoding, settings.maxBodyBytes)
    arriving -= 1
    if (body.kind === 'gone' || response.destroyed) return
    if (route.kind === 'page') {
      if (body.kind === 'too_large') return refuse(413, 'Content Too Large', CLOSE)
      if (body.kind === 'undecodable') return refuse(415, body.message)
      const page = pages.get(route.name)
      if (!page) return sendJson(404, { detail: 'Not Found' })
      try {
        return await page({ target, headers: request.headers, body: body.bytes, reply, sendJson })
      } catch (error) {
        settings.report(error)
        return sendJson(500, { detail: 'Internal Server Error' })
      }
    }
    const dialect = dialects[route.dialect]
    const call = new Call(arrivals.arrivalOf(request, target, route, dialect, session.id))
    if (dialect.callIdHeader) common[dialect.callIdHeader] = call.arrival.id
    if (body.kind === 'too_large') {
      return refuseTooLarge(gateway, call, request, reply, settings.maxBodyBytes)
    }
    if (body.kind === 'undecodable') return refuseCall(gateway, call, reply, [undecodable(body.message)])
    call.streaming = /[?&]stream=true(&|$)/.test(target.query)
    call.upstreamStreaming = call.streaming
    active.add(call)
    response.on('close', () => {
      if (!response.writableFinished) call.cancel('client')
    })
    try {
      await handle(gateway, call, body.bytes, reply)
    } catch (error) {
      settings.report(error)
      const failure = internalError(error)
      // Before it was known what the caller wants, nobody has written it down.
      if (!call.outcome) await settleRefused(gateway, call, 500, failure)
      if (reply.headSent) reply.end()
      else
        sendJson(
          500,
          dialect.errorBody(failure, {
            ...NO_FACTS,
            callId: call.arrival.id,
            attempts: call.attempts.length,
          }),
          { 'x-should-retry': 'false' },
        )
    } finally {
      active.delete(call)
    }
  }

  return {
    server,
    active,
    get arriving() {
      return arriving
    },
  }
}

const CLOSE: ReplyHeaders = { connection: 'close' }

const NO_FACTS = { status: 500, waitedMs: 0, requestId: null }

function undecodable(msg: string): Problem {
  return { type: 'value_error', loc: ['body'], msg, input: null }
}

function refuseTooLarge(
  gateway: Gateway,
  call: Call,
  request: IncomingMessage,
  reply: Reply,
  limit: number,
): void {
  const failure = bodyTooLarge(limit)
  const { dialect, id } = call.arrival
  void settleRefused(gateway, call, 413, failure)
  const body = dialect.errorBody(failure, { ...NO_FACTS, status: 413, callId: id, attempts: 0 })
  const text = JSON.stringify(dialect.translation ? body : { detail: failure.message, ...body })
  refuseUnread(request, reply, 413, text, { 'x-should-retry': 'false', ...CLOSE }, reasonPhrase(failure))
}
