import { request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

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

/** How long an answer may take before the test is given up: far longer than anything takes on a busy machine. */
const PATIENCE_MS = 30_000

/** One HTTP request on a connection of its own, with nothing between the test and the bytes. */
export class HttpCall {
  readonly #request: ClientRequest
  #response: IncomingMessage | null = null
  readonly #chunks: Buffer[] = []
  #ended = false
  #broken: Error | null = null
  #waiting: { readonly met: () => boolean; resolve(): void; reject(error: Error): void }[] = []

  constructor(url: string, { method, headers = {}, body }: CallOptions = {}) {
    const bytes = body === undefined ? null : bytesOf(body)
    this.#request = request(url, { method: method ?? (bytes ? 'POST' : 'GET'), agent: false, headers })
    this.#request.on('error', (error) => this.#breaks(error))
    this.#request.on('response', (response) => {
      this.#response = response
      response.on('data', (chunk: Buffer) => {
        this.#chunks.push(chunk)
        this.#changed()
      })
      response.on('end', () => {
        this.#ended = true
        this.#changed()
      })
      response.on('error', (error) => this.#breaks(error))
      this.#changed()
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
    await this.#until(() => this.#response !== null)
    return this.#response as IncomingMessage
  }

  /** Resolves when the text so far holds what is wanted; rejects when the answer ends or breaks without it. */
  receives(wanted: string): Promise<void> {
    return this.#until(() => this.text.includes(wanted))
  }

  /** Resolves with everything once the answer is complete; rejects when the connection broke instead. */
  async answer(): Promise<Answer> {
    await this.#until(() => this.#ended)
    if (!this.#response) throw new Error('an answer without a head')
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

  #until(met: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#breaks(new Error(`nothing more came behind: ${this.text.slice(-500)}`)),
        PATIENCE_MS,
      )
      this.#waiting.push({
        met,
        resolve() {
          clearTimeout(timer)
          resolve()
        },
        reject(error) {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.#changed()
    })
  }

  #breaks(error: Error): void {
    this.#broken ??= error
    this.#changed()
  }

  #changed(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (one.met()) one.resolve()
      else if (this.#broken) one.reject(this.#broken)
      else if (this.#ended) one.reject(new Error(`the answer ended without it: ${this.text.slice(-500)}`))
      else this.#waiting.push(one)
    }
  }
}

/** A whole exchange. */
export function ask(url: string, options?: CallOptions): Promise<Answer> {
  return new HttpCall(url, options).answer()
}

function bytesOf(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}
