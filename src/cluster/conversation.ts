import { connect } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import { Link } from './link.ts'
import type { GuestMessage, HostMessage } from './wire.ts'

type Here = Extract<HostMessage, { kind: 'here' }>

export interface Listener {
  /** After so much silence the other side counts as gone. */
  readonly silenceMs: number
  message(message: HostMessage): void
  closed(): void
}

/** With the process that has the room, from its first word on. */
export class Conversation {
  readonly here: Here
  readonly #link: Link<GuestMessage, HostMessage>
  readonly #clock: Clock
  #listener: Listener | null = null
  #heardAt = 0
  #early: HostMessage[] = []

  private constructor(here: Here, link: Link<GuestMessage, HostMessage>, clock: Clock) {
    this.here = here
    this.#link = link
    this.#clock = clock
  }

  /** Null where nobody answers: no socket, nobody behind it, or somebody who says nothing. */
  static open(path: string, clock: Clock, firstWordMs: number): Promise<Conversation | null> {
    return new Promise((resolve) => {
      const socket = connect(path)
      socket.unref()
      let conversation: Conversation | null = null
      const impatience = clock.after(firstWordMs, () => socket.destroy())
      const link = new Link<GuestMessage, HostMessage>(socket, {
        message(message) {
          if (conversation) return conversation.#hear(message)
          impatience()
          if (message.kind !== 'here') return link.destroy()
          conversation = new Conversation(message, link, clock)
          resolve(conversation)
        },
        closed() {
          impatience()
          if (conversation) conversation.#listener?.closed()
          else resolve(null)
        },
      })
    })
  }

  listen(listener: Listener): void {
    this.#listener = listener
    this.#heardAt = this.#clock.now()
    // It may be over already.
    if (!this.#link.open) return void setImmediate(() => listener.closed())
    for (const message of this.#early.splice(0)) listener.message(message)
    this.#watch(listener)
  }

  send(message: GuestMessage): void {
    this.#link.send(message)
  }

  end(): void {
    this.#listener = null
    this.#link.end()
  }

  #hear(message: HostMessage): void {
    this.#heardAt = this.#clock.now()
    if (this.#listener) this.#listener.message(message)
    else this.#early.push(message)
  }

  #watch({ silenceMs }: Listener): void {
    this.#clock.after(silenceMs / 4, () => {
      if (!this.#link.open) return
      if (this.#clock.now() - this.#heardAt > silenceMs) return this.#link.destroy()
      if (this.#listener) this.#watch(this.#listener)
    })
  }
}
