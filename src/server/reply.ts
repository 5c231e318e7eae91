import type { ServerResponse } from 'node:http'
import type { Reply, ReplyHeaders } from '../call/reply.ts'

/** Up to here turning bytes into a string and back costs less than a second write. */
const SMALL = 16 * 1024

/** A Reply over node:http. Writes after the client has gone are ignored: the call hears of that by its own signal. */
export class HttpReply implements Reply {
  readonly #response: ServerResponse
  readonly #common: ReplyHeaders
  readonly #closing: () => boolean
  onDrain: (() => void) | null = null
  #draining = false

  /**
   * `common` headers go with every answer (the session cookie, the request id). While `closing`, an answer is the last
   * on its connection: the client's next call has to find another server.
   */
  constructor(response: ServerResponse, common: ReplyHeaders, closing: () => boolean) {
    this.#response = response
    this.#common = common
    this.#closing = closing
  }

  get headSent(): boolean {
    return this.#response.headersSent
  }

  head(status: number, headers: ReplyHeaders, reason?: string): void {
    if (this.#gone()) return
    this.#writeHead(status, { ...this.#common, ...headers }, reason)
  }

  flush(): void {
    if (!this.#gone()) this.#response.flushHeaders()
  }

  write(bytes: Buffer | string): boolean {
    if (this.#gone()) return true
    const room = this.#response.write(bytes)
    if (!room && !this.#draining) {
      this.#draining = true
      this.#response.once('drain', () => {
        this.#draining = false
        this.onDrain?.()
      })
    }
    return room
  }

  end(bytes?: Buffer | string): void {
    if (this.#gone()) return
    if (bytes === undefined) this.#response.end()
    else this.#response.end(bytes)
  }

  send(status: number, headers: ReplyHeaders, body: Buffer | string, reason?: string): void {
    if (this.#gone()) return
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    const all = { ...this.#common, ...headers, 'content-length': String(length) }
    this.#writeHead(status, all, reason)
    // Node joins a string with the head into one write; a buffer would go out beside it in a second one.
    if (typeof body !== 'string' && length <= SMALL) this.#response.end(body.toString('latin1'), 'latin1')
    else this.#response.end(body)
  }

  #writeHead(status: number, headers: ReplyHeaders, reason?: string): void {
    if (this.#closing()) this.#response.shouldKeepAlive = false
    if (reason) this.#response.writeHead(status, reason, headers)
    else this.#response.writeHead(status, headers)
  }

  #gone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded
  }
}
