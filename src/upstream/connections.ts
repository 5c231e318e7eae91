import type { Socket } from 'node:net'
import { buildConnector, Client, EnvHttpProxyAgent, type Dispatcher } from 'undici'

export interface ConnectionSettings {
  readonly origin: string
  readonly connectMs: number
  /** Environment to look for HTTP(S)_PROXY and NO_PROXY in. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** An idle connection is given up this long after its last use. */
const IDLE_MS = 60_000

/**
 * A body in pieces is held back until its last piece, see `inOneWrite` in openai.ts. What fills the buffer must not stop
 * undici from handing over the rest, and the body is in memory anyway: so the buffer is never full.
 */
const SOCKET_OPTIONS = {
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  // Node lets the common mark override the one of each direction, and undici sets the common one.
  highWaterMark: undefined,
  readableHighWaterMark: 64 * 1024,
  writableHighWaterMark: Number.MAX_SAFE_INTEGER,
}

/** A way to the origin that one request at a time may use. */
export interface Connection {
  readonly dispatcher: Dispatcher
  /** What it writes to; null before it is connected, and behind a proxy. */
  readonly socket: Socket | null
}

class OwnConnection implements Connection {
  readonly dispatcher: Client
  socket: Socket | null = null
  /** When it was last handed back. */
  idleSince = 0

  constructor(origin: string, connect: buildConnector.connector) {
    this.dispatcher = new Client(origin, {
      pipelining: 1,
      // The wheel in lib/timer-wheel.ts watches the time; undici's own timers would be a second set.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      allowH2: false,
      connect: (options, callback) =>
        connect(options, (...result) => {
          this.socket = result[1]
          callback(...result)
        }),
    })
  }
}

/**
 * The connections to one origin: one request at a time on each, as many as there are requests in flight.
 *
 * undici's own Pool looks for a free connection by walking all of them, which costs more per call the more calls are in
 * flight; a stack of the idle ones makes it constant. The most recently used connection goes first, so that the surplus
 * of a peak grows old at the bottom and is closed there.
 */
export class Connections {
  readonly #origin: string
  readonly #connect: buildConnector.connector
  readonly #idle: OwnConnection[] = []
  readonly #busy = new Set<OwnConnection>()
  readonly #proxy: (Connection & { readonly dispatcher: EnvHttpProxyAgent }) | null
  #closed = false

  constructor(settings: ConnectionSettings) {
    this.#origin = settings.origin
    // One for all, so that a new connection takes up the TLS session of an earlier one.
    this.#connect = buildConnector({ ...SOCKET_OPTIONS, allowH2: false, timeout: settings.connectMs })
    const proxy = proxyFromEnvironment(settings)
    this.#proxy = proxy && { dispatcher: proxy, socket: null }
  }

  /** A connection for one request; hand it back with `release` when the request has ended, however it ended. */
  acquire(): Connection {
    if (this.#proxy) return this.#proxy
    const connection = this.#idle.pop() ?? new OwnConnection(this.#origin, this.#connect)
    this.#busy.add(connection)
    return connection
  }

  release(connection: Connection): void {
    if (!(connection instanceof OwnConnection)) return
    this.#busy.delete(connection)
    const { dispatcher } = connection
    if (this.#closed || dispatcher.destroyed || dispatcher.closed) return
    connection.idleSince = performance.now()
    this.#idle.push(connection)
    const oldest = this.#idle[0]
    if (oldest && connection.idleSince - oldest.idleSince > IDLE_MS)
      void this.#idle.shift()?.dispatcher.close()
  }

  get count(): { readonly busy: number; readonly idle: number } {
    return { busy: this.#busy.size, idle: this.#idle.length }
  }

  async close(): Promise<void> {
    this.#closed = true
    const connections = [...this.#busy, ...this.#idle]
    this.#busy.clear()
    this.#idle.length = 0
    await Promise.all([
      this.#proxy?.dispatcher.destroy(),
      ...connections.map(({ dispatcher }) => dispatcher.destroy()),
    ])
  }
}

function proxyFromEnvironment({ environment, connectMs }: ConnectionSettings): EnvHttpProxyAgent | null {
  const httpProxy = environment['http_proxy'] ?? environment['HTTP_PROXY']
  const httpsProxy = environment['https_proxy'] ?? environment['HTTPS_PROXY'] ?? httpProxy
  if (!httpProxy && !httpsProxy) return null
  return new EnvHttpProxyAgent({
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    connect: { timeout: connectMs },
  })
}
