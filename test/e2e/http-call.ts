import { request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { until } from './until.ts'

export interface CallOptions {
  /** POST where there is a body, else GET. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent byte for byte; anything but text and bytes is written as JSON. */
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly reason: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** The parsed body; throws where it is no JSON. */
  json(): Record<string, unknown>
}

/** One HTTP request on a connection of its own, with nothing between the test and the bytes. */
export class HttpCall {
  readonly #request: ClientRequest
  #response: IncomingMessage | null = null
  readonly #chunks: Buffer[] = []
  #ended = false
  #broken: Error | null = null

  constructor(url: string, { method, headers = {}, body }: CallOptions = {}) {
    const bytes = body === undefined ? null : bytesOf(body)
    this.#request = request(url, { method: method ?? (bytes ? 'POST' : 'GET'), agent: false, headers })
    this.#request.on('error', (error) => {
      this.#broken ??= error
    })
    this.#request.on('response', (response) => {
      this.#response = response
      response.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
      response.on('end', () => {
        this.#ended = true
      })
      response.on('error', (error) => {
        this.#broken ??= error
      })
    })
    this.#request.end(bytes ?? undefined)
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get text(): string {
    return this.received.toString()
  }

  get status(): number | null {
    return this.#response?.statusCode ?? null
  }

  /** Resolves when the status line and the headers are here. */
  async head(): Promise<IncomingMessage> {
    await until('an answer’s head', () => this.#response !== null || this.#broken !== null)
    if (!this.#response) throw this.#broken
    return this.#response
  }

  /** Resolves when the received text fulfils the condition. */
  async receives(wanted: string | RegExp): Promise<void> {
    await until(`${String(wanted)} in the answer`, () =>
      typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text),
    )
  }

  /** Resolves with everything once the answer is complete; rejects when the connection broke instead. */
  async answer(): Promise<Answer> {
    await until('the end of an answer', () => this.#ended || this.#broken !== null)
    if (!this.#ended || !this.#response) throw this.#broken
    const { statusCode, statusMessage, headers } = this.#response
    const body = this.received
    return {
      status: statusCode ?? 0,
      reason: statusMessage ?? '',
      headers,
      body,
      text: body.toString(),
      json: () => JSON.parse(body.toString()) as Record<string, unknown>,
    }
  }

  /** Stops reading: the operating system's buffers fill up and the sender has to wait. */
  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  /** The caller leaves. */
  leave(): void {
    this.#request.destroy()
  }
}

/** A whole exchange. */
export function ask(url: string, options?: CallOptions): Promise<Answer> {
  return new HttpCall(url, options).answer()
}

function bytesOf(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}
