import type { Timer, TimerWheel } from '../lib/timer-wheel.ts'
import type { Reply, ReplyHeaders } from './reply.ts'

export interface RelaySettings {
  /** A streaming client has its headers after this many milliseconds, whatever the upstream does. */
  readonly headerWaitMs: number
  /** A silent stream gets a heartbeat (a comment, or a ping) this often. */
  readonly commentIntervalMs: number
}

const STREAM_HEADERS: ReplyHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // Proxies that buffer (nginx) would undo the streaming.
  'x-accel-buffering': 'no',
}
const LINE_FEED = 10

/**
 * The only writer of response bytes. It knows how far the client has been told something: nothing yet (everything can
 * still be retried, with any status), the status line of a stream (retries go on, but a failure can only be an event),
 * or content (nothing can be retried any more: the commit point).
 */
export class Relay {
  readonly #reply: Reply
  readonly #settings: RelaySettings
  readonly #timer: Timer | null
  readonly #heartbeat: string
  /** The sequence number of an error event of our own, should one become necessary. */
  nextSequence = 0
  /** Id of the answer that had begun, for the same purpose. */
  responseId: string | null = null
  #content = false
  #over = false
  #lastWrite = 0
  /** The client has been given whole events only: a heartbeat may stand here. */
  #betweenEvents = true

  constructor(reply: Reply, settings: RelaySettings, wheel: TimerWheel, stream: boolean, heartbeat: string) {
    this.#reply = reply
    this.#heartbeat = heartbeat
    this.#settings = settings
    this.#timer = stream ? wheel.timer(() => this.#keepAlive()) : null
    this.#timer?.set(settings.headerWaitMs)
  }

  /** True once the client has seen a byte of content. */
  get committed(): boolean {
    return this.#content
  }

  get headSent(): boolean {
    return this.#reply.headSent
  }

  get over(): boolean {
    return this.#over
  }

  /** Called when the client has taken what it was given, after `write` returned false. */
  onDrain(callback: () => void): void {
    this.#reply.onDrain = callback
  }

  /** Begins the stream's answer, unless a comment already had to. */
  startStream(headers: ReplyHeaders): void {
    if (!this.#reply.headSent) this.#reply.head(200, { ...STREAM_HEADERS, ...headers })
  }

  /** Writes content. False asks the caller to pause until `onDrain`. */
  write(bytes: Buffer | string): boolean {
    this.#content = true
    this.#lastWrite = performance.now()
    this.#betweenEvents = endsEvent(bytes)
    return this.#reply.write(bytes)
  }

  end(bytes?: Buffer | string): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#reply.end(bytes)
  }

  /** A complete answer at once. */
  send(status: number, headers: ReplyHeaders, body: Buffer | string, reason?: string): void {
    if (this.#over) return
    this.#over = true
    this.#content = true
    this.#timer?.cancel()
    this.#reply.send(status, headers, body, reason)
  }

  /** The client is gone: nothing more will be written. */
  abandon(): void {
    this.#over = true
    this.#timer?.cancel()
  }

  #keepAlive(): void {
    if (this.#over) return
    if (!this.#reply.headSent) this.#reply.head(200, STREAM_HEADERS)
    const { commentIntervalMs } = this.#settings
    if (commentIntervalMs === 0) return this.#reply.flush()
    const silentFor = performance.now() - this.#lastWrite
    if (silentFor + 1 < commentIntervalMs && this.#content) {
      this.#timer?.set(commentIntervalMs - silentFor)
      return
    }
    if (this.#betweenEvents) this.#reply.write(this.#heartbeat)
    this.#timer?.set(commentIntervalMs)
  }
}

function endsEvent(bytes: Buffer | string): boolean {
  if (typeof bytes === 'string') return bytes.endsWith('\n\n') || bytes.endsWith('\r\n\r\n')
  const length = bytes.length
  if (length < 2 || bytes[length - 1] !== LINE_FEED) return false
  return bytes[length - 2] === LINE_FEED || (bytes[length - 2] === 13 && bytes[length - 3] === LINE_FEED)
}
