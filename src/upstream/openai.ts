import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { TimerWheel, Timer } from '../lib/timer-wheel.ts'
import type { Failure } from '../call/outcome.ts'
import { Connections, type Connection } from './connections.ts'
import { classifyTransport, type FailureContext, type TransportPhase } from './openai-failures.ts'
import {
  bodyLength,
  type Flow,
  type RequestBody,
  type ResponseSink,
  type Upstream,
  type UpstreamHeaders,
  type UpstreamRequest,
} from './upstream.ts'

export interface OpenAiSettings {
  /** Without a trailing slash: `https://api.openai.com/v1`. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly defaultHeaders: Readonly<Record<string, string>>
  readonly connectMs: number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly userAgent: string
  /** What the sentences of failures may name. */
  readonly failures: FailureContext
}

/** OpenAI, or any host that speaks its API, over HTTP/1.1. */
export class OpenAi implements Upstream {
  readonly name = 'openai'
  readonly baseUrl: string
  readonly #origin: string
  readonly #prefix: string
  readonly #headers: string[]
  readonly #connections: Connections
  readonly #wheel: TimerWheel
  readonly #failures: FailureContext

  constructor(settings: OpenAiSettings, wheel: TimerWheel) {
    const url = new URL(settings.baseUrl)
    this.baseUrl = settings.baseUrl
    this.#origin = url.origin
    this.#prefix = url.pathname.replace(/\/+$/, '')
    this.#wheel = wheel
    this.#failures = settings.failures
    this.#connections = new Connections({
      origin: url.origin,
      connectMs: settings.connectMs,
      environment: settings.environment,
    })
    this.#headers = []
    for (const [name, value] of Object.entries(settings.defaultHeaders)) {
      if (!['authorization', 'content-type', 'host', 'content-length'].includes(name.toLowerCase())) {
        this.#headers.push(name, value)
      }
    }
    if (!/^user-agent$/im.test(Object.keys(settings.defaultHeaders).join('\n'))) {
      this.#headers.push('user-agent', settings.userAgent)
    }
    this.#headers.push('authorization', `Bearer ${settings.apiKey}`)
  }

  get connections(): { readonly busy: number; readonly idle: number } {
    return this.#connections.count
  }

  send(request: UpstreamRequest, sink: ResponseSink): Flow {
    const headers = [
      ...this.#headers,
      'accept',
      request.stream ? 'text/event-stream' : 'application/json',
      'x-client-request-id',
      request.clientRequestId,
    ]
    if (request.body) headers.push('content-type', 'application/json')
    // Of a body in pieces undici would not know the length, and send it chunked.
    if (Array.isArray(request.body)) headers.push('content-length', String(bodyLength(request.body)))
    const connection = this.#connections.acquire()
    const attempt = new Attempt(request, sink, this.#wheel, {
      failures: this.#failures,
      release: () => this.#connections.release(connection),
    })
    connection.dispatcher.dispatch(
      {
        origin: this.#origin,
        path: this.#prefix + request.path,
        method: request.method,
        headers,
        body: bodyFor(connection, request.body),
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      attempt,
    )
    return attempt
  }

  close(): Promise<void> {
    return this.#connections.close()
  }
}

function bodyFor(connection: Connection, body: RequestBody | null): Buffer | Readable | null {
  if (body === null || Buffer.isBuffer(body)) return body
  // undici takes any iterable for a body; its types name only some.
  return inOneWrite(connection, body) as unknown as Readable
}

/** undici would send every piece by itself: a write, a packet and a wake-up of the other side each. */
function* inOneWrite(connection: Connection, pieces: readonly Buffer[]): Generator<Buffer> {
  const { socket } = connection
  socket?.cork()
  try {
    yield* pieces
  } finally {
    socket?.uncork()
  }
}

interface AttemptContext {
  readonly failures: FailureContext
  release(): void
}

/** One request on the wire: undici's callbacks in, the sink's callbacks out, and the watch over silence. */
class Attempt implements Dispatcher.DispatchHandler, Flow {
  readonly #request: UpstreamRequest
  readonly #sink: ResponseSink
  readonly #context: AttemptContext
  readonly #timer: Timer
  #controller: Dispatcher.DispatchController | null = null
  #phase: TransportPhase = 'connecting'
  #over = false
  #paused = false
  #lastByte = 0

  constructor(request: UpstreamRequest, sink: ResponseSink, wheel: TimerWheel, context: AttemptContext) {
    this.#request = request
    this.#sink = sink
    this.#context = context
    this.#timer = wheel.timer(() => this.#watch())
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) {
      controller.abort(new Error('the caller left'))
      return
    }
    this.#phase = 'sending'
    this.#timer.set(this.#request.firstByteMs)
  }

  onRequestSent(): void {
    if (this.#phase === 'sending') this.#phase = 'sent'
    if (!this.#over) this.#sink.sent?.()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: UpstreamHeaders,
  ): void {
    if (this.#over || status < 200) return
    this.#phase = 'body'
    this.#lastByte = performance.now()
    this.#timer.set(this.#request.idleMs)
    this.#sink.head(status, headers, this)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return
    this.#lastByte = performance.now()
    this.#sink.chunk(chunk)
  }

  onResponseEnd(): void {
    this.#context.release()
    if (!this.#finish()) return
    this.#sink.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // After an abort too: only now is the connection free for another request.
    this.#context.release()
    if (!this.#finish()) return
    this.#sink.fail(classifyTransport(error, { ...this.#context.failures, phase: this.#phase }))
  }

  pause(): void {
    this.#paused = true
    this.#controller?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#lastByte = performance.now()
    this.#controller?.resume()
  }

  abort(): void {
    if (!this.#finish()) return
    this.#controller?.abort(new Error('the attempt was given up'))
  }

  #finish(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#timer.cancel()
    return true
  }

  // The timer is not moved on every chunk: when it fires, the time of the last byte says how long it still has to run.
  #watch(): void {
    if (this.#over) return
    if (this.#phase === 'body') {
      const left = this.#request.idleMs - (performance.now() - this.#lastByte)
      if (this.#paused || left > 0) {
        this.#timer.set(this.#paused ? this.#request.idleMs : left)
        return
      }
    }
    if (!this.#finish()) return
    const failure = silence(this.#phase, this.#request, this.#context.failures)
    this.#sink.fail(failure)
    this.#controller?.abort(new Error('the upstream stayed silent'))
  }
}

function silence(phase: TransportPhase, request: UpstreamRequest, failures: FailureContext): Failure {
  const code = phase === 'body' ? 'UND_ERR_BODY_TIMEOUT' : 'UND_ERR_HEADERS_TIMEOUT'
  const waited = phase === 'body' ? request.idleMs : request.firstByteMs
  const error = Object.assign(new Error(`no byte for ${Math.round(waited / 1000)} s`), { code })
  return classifyTransport(error, { ...failures, phase })
}
