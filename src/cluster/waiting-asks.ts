import type { AdmissionSignal } from '../policy/gate.ts'

export interface WaitingAsksOptions<Key, Answer> {
  readonly answered: (key: Key, answer: Answer) => void
  /** Whose answer this is has left in the moment in which it came. */
  readonly unwanted: (answer: Answer) => void
}

/** Asks of others that somebody in this process decides, now or later; whoever waits for an answer may leave before. */
export class WaitingAsks<Key, Answer> {
  readonly #options: WaitingAsksOptions<Key, Answer>
  readonly #signals = new Map<Key, AdmissionSignal>()

  constructor(options: WaitingAsksOptions<Key, Answer>) {
    this.#options = options
  }

  get size(): number {
    return this.#signals.size
  }

  ask(key: Key, decide: (signal: AdmissionSignal) => Answer | Promise<Answer>): void {
    const { answered, unwanted } = this.#options
    const signal: AdmissionSignal = { aborted: false, onAbort: null }
    const answer = decide(signal)
    if (!(answer instanceof Promise)) return answered(key, answer)
    this.#signals.set(key, signal)
    void answer.then((given) => (this.#signals.delete(key) ? answered(key, given) : unwanted(given)))
  }

  leave(key: Key): void {
    const signal = this.#signals.get(key)
    this.#signals.delete(key)
    signal?.onAbort?.()
  }

  leaveAll(): void {
    for (const signal of this.#signals.values()) signal.onAbort?.()
    this.#signals.clear()
  }
}
