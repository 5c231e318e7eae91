import type { Call } from '../../call/call.ts'
import type { Log } from '../log.ts'

/** Sentences remembered; some name what a client chose, and a client can choose without end. */
const MOST = 200

/** Says what a translation leaves out of requests: each sentence once, at the first call it is true of. */
export class NoteLog {
  readonly #log: Log
  readonly #said = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  note(call: Call, sentence: string): void {
    if (this.#said.has(sentence) || this.#said.size >= MOST) return
    this.#said.add(sentence)
    this.#log.info({ call: call.arrival.id, dialect: call.arrival.dialect.name }, `${sentence} (Said once.)`)
  }
}
