import type { Failure } from '../call/outcome.ts'

/** Control over an upstream answer that is arriving. */
export interface Flow {
  pause(): void
  resume(): void
  /** Stops the attempt at once; the sink hears nothing more. */
  abort(): void
}

/** Receives one upstream answer. Exactly one of `end` and `fail` is called, last. Callbacks are synchronous. */
export interface ResponseSink {
  /** The request left this machine completely (its bytes were handed to the kernel). */
  sent?(): void
  head(status: number, headers: UpstreamHeaders, flow: Flow): void
  chunk(bytes: Buffer): void
  end(): void
  fail(failure: Failure): void
}

export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>

/** A body in one piece or, where putting a large one together would cost a copy, in several that follow one another. */
export type RequestBody = Buffer | readonly Buffer[]

export function bodyLength(body: RequestBody | null): number {
  if (body === null) return 0
  return Buffer.isBuffer(body) ? body.length : body.reduce((sum, piece) => sum + piece.length, 0)
}

/** One request as it goes up. */
export interface UpstreamRequest {
  readonly method: 'POST' | 'GET' | 'DELETE'
  /** Path below the base URL, with query: `/responses`. */
  readonly path: string
  readonly body: RequestBody | null
  /** Sent as `X-Client-Request-Id`. */
  readonly clientRequestId: string
  /** Longest wait for the first byte and between bytes, in milliseconds. */
  readonly firstByteMs: number
  readonly idleMs: number
  /** True for an event stream: sets `Accept`. */
  readonly stream: boolean
}

/** Something that answers requests: OpenAI, a batch lane, a replay. */
export interface Upstream {
  readonly name: string
  /** Starts the attempt and returns its control. The sink may be called back only after this returned. */
  send(request: UpstreamRequest, sink: ResponseSink): Flow
  close(): Promise<void>
}
