import type { IncomingHttpHeaders } from 'node:http'

import type { Ending } from './plugs.ts'

/** One request the simulator saw. */
export interface JournalEntry {
  readonly id: string
  readonly number: number
  /** `Clock.now()` when it arrived, and when it was over; null while it runs. */
  readonly startedAt: number
  endedAt: number | null
  readonly method: string
  readonly path: string
  /** As sent, except that credentials show only their last four characters. */
  readonly headers: IncomingHttpHeaders
  /** The parsed body; undefined when there was none, it was not JSON, or the journal no longer keeps it. */
  body: unknown
  model: string | null
  stream: boolean
  /** The status answered; null while it is open, or when no status was sent. */
  status: number | null
  /** The error's code, else its type; null for an answer. */
  error: string | null
  /** OpenAI's message for that error. */
  message: string | null
  fault: string | null
  ending: Ending | null
  /** Whether the client left before the answer was over. */
  clientLeft: boolean
  inputTokens: number
  cachedTokens: number
  outputTokens: number
  /** In micro-dollars; null when nobody bills, or the price is not known. */
  cost: number | null
  serviceTier: string | null
}

/** Remembers the last requests; the oldest lose their bodies first, then themselves. */
export class Journal {
  readonly #entries: JournalEntry[] = []
  readonly #most: number
  readonly #mostBodyBytes: number
  #bodyBytes = 0
  readonly #bodies: { entry: JournalEntry; size: number }[] = []
  #count = 0

  constructor(most = 10_000, mostBodyBytes = 64 * 1024 * 1024) {
    this.#most = most
    this.#mostBodyBytes = mostBodyBytes
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries
  }

  open(
    id: string,
    startedAt: number,
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
  ): JournalEntry {
    const entry: JournalEntry = {
      id,
      number: ++this.#count,
      startedAt,
      endedAt: null,
      method,
      path,
      headers: hideCredentials(headers),
      body: undefined,
      model: null,
      stream: false,
      status: null,
      error: null,
      message: null,
      fault: null,
      ending: null,
      clientLeft: false,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
      cost: null,
      serviceTier: null,
    }
    this.#entries.push(entry)
    // Dropping a block at a time keeps the cost of a full journal constant.
    if (this.#entries.length >= this.#most * 2) this.#entries.splice(0, this.#entries.length - this.#most)
    return entry
  }

  keepBody(entry: JournalEntry, body: unknown, size: number): void {
    entry.body = body
    this.#bodies.push({ entry, size })
    this.#bodyBytes += size
    while (this.#bodyBytes > this.#mostBodyBytes || this.#bodies.length > this.#most) {
      const oldest = this.#bodies.shift()
      if (oldest === undefined) break
      oldest.entry.body = undefined
      this.#bodyBytes -= oldest.size
    }
  }

  clear(): void {
    this.#entries.length = 0
    this.#bodies.length = 0
    this.#bodyBytes = 0
  }
}

function hideCredentials(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { authorization } = headers
  if (authorization === undefined) return headers
  const end = authorization.slice(-4)
  return { ...headers, authorization: authorization.length > 12 ? `Bearer …${end}` : 'Bearer …' }
}
