import { Client, EnvHttpProxyAgent, type Dispatcher } from 'undici'

export interface ConnectionSettings {
  readonly origin: string
  readonly connectMs: number
  /** Environment to look for HTTP(S)_PROXY and NO_PROXY in. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** An idle connection is given up this long after its last use. */
const IDLE_MS = 60_000

interface Idle {
  readonly client: Client
  readonly since: number
}

/**
 * The connections to one origin: one request at a time on each, as many as there are requests in flight.
 *
 * undici's own Pool looks for a free connection by walking all of them, which costs more per call the more calls are in
 * flight; a stack of the idle ones makes it constant. The most recently used connection goes first, so that the surplus
 * of a peak grows old at the bottom and is closed there.
 */
export class Connections {
  readonly #settings: ConnectionSettings
  readonly #idle: Idle[] = []
  readonly #busy = new Set<Client>()
  readonly #proxy: Dispatcher | null
  #closed = false

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
    this.#proxy = proxyFromEnvironment(settings)
  }

  /** A connection for one request; hand it back with `release` when the request has ended, however it ended. */
  acquire(): Dispatcher {
    if (this.#proxy) return this.#proxy
    const client = this.#idle.pop()?.client ?? this.#open()
    this.#busy.add(client)
    return client
  }

  release(dispatcher: Dispatcher): void {
    if (!(dispatcher instanceof Client)) return
    this.#busy.delete(dispatcher)
    if (this.#closed || dispatcher.destroyed || dispatcher.closed) return
    const now = performance.now()
    this.#idle.push({ client: dispatcher, since: now })
    const oldest = this.#idle[0]
    if (oldest && now - oldest.since > IDLE_MS) void this.#idle.shift()?.client.close()
  }

  get count(): { readonly busy: number; readonly idle: number } {
    return { busy: this.#busy.size, idle: this.#idle.length }
  }

  async close(): Promise<void> {
    this.#closed = true
    const clients = [...this.#busy, ...this.#idle.map((entry) => entry.client)]
    this.#busy.clear()
    this.#idle.length = 0
    await Promise.all([this.#proxy?.destroy(), ...clients.map((client) => client.destroy())])
  }

  #open(): Client {
    return new Client(this.#settings.origin, {
      pipelining: 1,
      // The wheel in lib/timer-wheel.ts watches the time; undici's own timers would be a second set.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      allowH2: false,
      connect: { timeout: this.#settings.connectMs, keepAlive: true, keepAliveInitialDelay: 60_000 },
    })
  }
}

function proxyFromEnvironment({ environment, connectMs }: ConnectionSettings): Dispatcher | null {
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
