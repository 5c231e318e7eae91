import type { JsonObject } from '../../json-value.ts'

/** Writes the events of a Responses stream, numbered without gaps. */
export class EventWriter {
  readonly #isWritten: boolean
  #out = ''
  #sequence = 0

  /** @param isWritten false where only the whole answer is wanted: then events are counted and not written */
  constructor(isWritten: boolean) {
    this.#isWritten = isWritten
  }

  /** The number of the next event. */
  get nextSequence(): number {
    return this.#sequence
  }

  /** What was written since the last call. */
  take(): string {
    const out = this.#out
    this.#out = ''
    return out
  }

  event(type: string, members: JsonObject): void {
    this.raw(type, JSON.stringify(members).slice(1, -1))
  }

  /** @param members JSON members, without the braces around them */
  raw(type: string, members: string): void {
    const sequence = this.#sequence++
    if (!this.#isWritten) return
    this.#out += `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence},${members}}\n\n`
  }
}
