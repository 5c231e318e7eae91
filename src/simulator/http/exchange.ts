import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Clock } from '../../lib/clock.ts'
import type { JournalEntry } from '../journal.ts'
import type { Ending } from '../plugs.ts'
import type { ApiError } from './api-error.ts'
import { pathOf } from './paths.ts'
import type { KeyOwner } from './credentials.ts'

/** One request and its answer: the only place that writes to the client. */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly entry: JournalEntry
  /** The path without its query, and the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly clock: Clock
  /** Known once the request is authenticated. */
  owner: KeyOwner = { organization: '', project: '' }
  apiKey = ''
  /** Headers for every answer to this request, such as the limiter's. */
  extraHeaders: Readonly<Record<string, string>> = {}
  /** Writes streams in pieces of one to seven bytes, through the middle of events and characters. */
  chopped = false
  readonly #onOver: () => void
  #whenGone: (() => void) | null = null
  #over = false

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    entry: JournalEntry,
    clock: Clock,
    onOver: () => void,
  ) {
    this.request = request
    this.response = response
    this.entry = entry
    this.clock = clock
    this.#onOver = onOver
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    this.path = pathOf(url)
    this.query = new URLSearchParams(mark < 0 ? '' : url.slice(mark))
    // Also fires after a good end; `over` has been called by then.
    response.on('close', () => {
      if (this.#over) return
      entry.clientLeft = true
      this.#whenGone?.()
      this.over('cancelled')
    })
  }

  /** Calls back once if the client leaves before the answer is over. */
  whenGone(callback: () => void): void {
    this.#whenGone = callback
  }

  /** Closes the books on this request; the first call counts. */
  over(ending: Ending): void {
    if (this.#over) return
    this.#over = true
    this.entry.ending = ending
    this.entry.endedAt = this.clock.now()
    this.#onOver()
  }

  sendJson(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.sendText(status, 'application/json', JSON.stringify(body), headers)
  }

  sendText(
    status: number,
    contentType: string,
    text: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const length = String(Buffer.byteLength(text))
    this.writeHead(status, contentType, { ...headers, 'content-length': length })
    this.over(status < 400 ? 'completed' : 'failed')
    // As text, because Node then sends head and body in one write.
    this.response.end(text)
  }

  sendError(error: ApiError, headers: Readonly<Record<string, string>> = {}): void {
    this.noteError(error)
    this.sendJson(error.status, { error: error.fields }, { ...error.headers, ...headers })
  }

  noteError(error: ApiError): void {
    this.entry.error = error.fields.code ?? error.fields.type
    this.entry.message = error.fields.message
  }

  /** Writes status and headers; the body follows. */
  writeHead(status: number, contentType: string, headers: Readonly<Record<string, string>> = {}): void {
    this.entry.status = status
    const spent = Math.max(0, Math.round(this.clock.now() - this.entry.startedAt))
    this.response.writeHead(status, {
      'content-type': contentType,
      'x-request-id': this.entry.id,
      'openai-organization': this.owner.organization,
      'openai-processing-ms': String(spent),
      'openai-project': this.owner.project,
      'openai-version': '2020-10-01',
      ...this.extraHeaders,
      ...headers,
    })
  }

  startStream(): void {
    this.writeHead(200, 'text/event-stream; charset=utf-8', { 'cache-control': 'no-cache' })
  }

  /** False when the client reads too slowly; `whenDrained` says when to go on. */
  write(text: string): boolean {
    if (!this.chopped) return this.response.write(text)
    const bytes = Buffer.from(text)
    let goOn = true
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 7) + 1) {
      goOn = this.response.write(bytes.subarray(at, at + size))
    }
    return goOn
  }

  whenDrained(callback: () => void): void {
    this.response.once('drain', callback)
  }

  end(ending: Ending): void {
    this.over(ending)
    this.response.end()
  }

  /** Breaks the connection: with a TCP reset, or by closing it as it is. */
  breakOff(how: 'reset' | 'close'): void {
    this.over('failed')
    if (how === 'reset') this.request.socket.resetAndDestroy()
    else this.request.socket.destroy()
  }
}
