import type { Socket } from 'node:net'

export interface LinkEvents<Incoming> {
  message(message: Incoming): void
  /** Once, however it came about. */
  closed(): void
}

const LINE_END = 0x0a
/** A frame holds what one turn of the event loop had to say: even 100,000 calls fit. */
const MOST_BYTES = 64 * 1_048_576
/** Somebody who has not read so much is not reading at all. */
const MOST_UNREAD = 16 * 1_048_576

/**
 * Messages over a local socket: lines, each a JSON array of all that was said in one turn of the event loop, so that a
 * thousand calls that ask together cost one write. Between processes of one user: what cannot be read ends the link.
 */
export class Link<Outgoing, Incoming> {
  readonly #socket: Socket
  #outgoing: Outgoing[] = []
  #partial: Buffer[] = []
  #partialBytes = 0
  #open = true

  constructor(socket: Socket, events: LinkEvents<Incoming>) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#read(bytes, events))
    // Whatever went wrong, `close` follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#open = false
      this.#outgoing = []
      events.closed()
    })
  }

  get open(): boolean {
    return this.#open
  }

  send(message: Outgoing): void {
    if (!this.#open) return
    this.#outgoing.push(message)
    if (this.#outgoing.length === 1) setImmediate(() => this.flush())
  }

  /** Says now what has been said so far. */
  flush(): void {
    if (this.#outgoing.length === 0 || !this.#open) return
    const frame = `${JSON.stringify(this.#outgoing)}\n`
    this.#outgoing = []
    this.#socket.write(frame)
    if (this.#socket.writableLength > MOST_UNREAD) this.destroy()
  }

  /** Says what is left to say, and ends. */
  end(): void {
    this.flush()
    this.#open = false
    this.#socket.end()
    // The other side may never read it.
    this.#socket.unref()
  }

  destroy(): void {
    this.#open = false
    this.#socket.destroy()
  }

  #read(bytes: Buffer, events: LinkEvents<Incoming>): void {
    let from = 0
    for (let end = bytes.indexOf(LINE_END); end >= 0 && this.#open; end = bytes.indexOf(LINE_END, from)) {
      this.#partial.push(bytes.subarray(from, end))
      const line = this.#partial.length === 1 ? (this.#partial[0] as Buffer) : Buffer.concat(this.#partial)
      this.#partial = []
      this.#partialBytes = 0
      from = end + 1
      let messages: Incoming[]
      try {
        messages = JSON.parse(line.toString()) as Incoming[]
      } catch {
        return this.destroy()
      }
      if (!Array.isArray(messages)) return this.destroy()
      for (const message of messages) if (this.#open) events.message(message)
    }
    if (from === bytes.length) return
    this.#partial.push(bytes.subarray(from))
    this.#partialBytes += bytes.length - from
    if (this.#partialBytes > MOST_BYTES) this.destroy()
  }
}
