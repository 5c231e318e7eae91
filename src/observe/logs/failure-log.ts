import type { Call } from '../../call/call.ts'
import type { Failure } from '../../call/outcome.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../log.ts'
import type { Observer } from '../observer.ts'

/** While the same sentence comes again within this time it is counted, not repeated. */
const QUIET_MS = 10_000
/** What differs from call to call in one and the same sentence: waits, how many stand before it, ids. */
const FIGURES = /\b[a-z]{2,5}_[0-9a-f]{6,}\w*|\d[\d.,]*/gi

interface Repetition {
  count: number
  readonly since: number
  /** As it was said the first time. */
  readonly message: string
}

/**
 * Says every failed call in the server's log, in the sentence the client got. A failure that hits thousands of calls at
 * once is one line and a count.
 */
export class FailureLog implements Observer {
  readonly name = 'failure log'
  readonly #log: Log
  readonly #clock: Clock
  readonly #repeated = new Map<string, Repetition>()

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  settled(call: Call): undefined {
    if (call.outcome?.kind !== 'failed') return
    const { failure } = call.outcome
    const sentence = `${failure.reason} ${failure.message.replace(FIGURES, '#')}`
    const repetition = this.#repeated.get(sentence)
    if (repetition) {
      repetition.count += 1
      return
    }
    this.#log.warn(factsOf(call, failure), failure.message)
    const started: Repetition = { count: 0, since: this.#clock.now(), message: failure.message }
    this.#repeated.set(sentence, started)
    this.#clock.after(QUIET_MS, () => this.#summarise(sentence, started))
  }

  close(): void {
    for (const [sentence, repetition] of this.#repeated) this.#summarise(sentence, repetition)
  }

  #summarise(sentence: string, { count, since, message }: Repetition): void {
    this.#repeated.delete(sentence)
    if (count === 0) return
    const seconds = Math.max(1, Math.round((this.#clock.now() - since) / 1000))
    this.#log.warn(
      { calls: count },
      `the same failure, ${count === 1 ? 'once more' : `${count} more times`} in ${seconds} s: ${message}`,
    )
  }
}

function factsOf(call: Call, failure: Failure): Record<string, unknown> {
  return {
    call: call.arrival.id,
    ...(call.arrival.rollout ? { rollout: call.arrival.rollout } : {}),
    reason: failure.reason,
    status: call.status || undefined,
    upstream_status: failure.upstreamStatus ?? undefined,
    attempts: call.attempts.length,
    request_id: call.upstreamRequestId ?? undefined,
    client_request_id:
      call.arrival.clientRequestId === call.arrival.id ? undefined : call.arrival.clientRequestId,
  }
}
