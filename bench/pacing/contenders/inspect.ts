import { retryAfterMs, sleep, transient, type PacingContender } from './contender.ts'

const LEAST = 10
const FIRST = 20
const MOST = 100
const CUT = 0.8
const GROWTH = 1.05
const COOL_DOWN_MS = 15_000
/** Share of the slots in use from which on a round may make the limit grow. */
const IN_USE = 0.8
const RETRY_FIRST_MS = 3000
const RETRY_LONGEST_MS = 30 * 60_000
const RETRY_JITTER_MS = 3000

/** A number of connections that adapts; a call keeps its connection while it waits to be sent again. */
class AdaptiveConnections {
  readonly #scale: number
  #limit = FIRST
  #inUse = 0
  #mostInUse = 0
  #successes = 0
  #slowStart = true
  #coolUntil = 0
  readonly #waiting: (() => void)[] = []

  constructor(scale: number) {
    this.#scale = scale
  }

  async acquire(): Promise<void> {
    if (this.#inUse >= Math.floor(this.#limit))
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#inUse += 1
    this.#mostInUse = Math.max(this.#mostInUse, this.#inUse)
  }

  release(): void {
    this.#inUse -= 1
    this.#wake()
  }

  succeeded(): void {
    if (performance.now() < this.#coolUntil) return
    this.#successes += 1
    if (this.#successes < Math.max(this.#limit, 4)) return
    const busy = this.#mostInUse >= IN_USE * Math.floor(this.#limit)
    this.#successes = 0
    this.#mostInUse = this.#inUse
    if (!busy) return
    this.#limit = Math.min(MOST, this.#slowStart ? this.#limit * 2 : this.#limit * GROWTH)
    this.#wake()
  }

  refused(askedMs: number): void {
    const now = performance.now()
    this.#slowStart = false
    this.#successes = 0
    if (now < this.#coolUntil) return
    this.#limit = Math.max(LEAST, this.#limit * CUT)
    this.#coolUntil = now + Math.max(COOL_DOWN_MS * this.#scale, askedMs)
  }

  #wake(): void {
    for (let free = Math.floor(this.#limit) - this.#inUse; free > 0; free--) this.#waiting.shift()?.()
  }
}

/** The adaptive connections of Inspect (UK AISI), with the constants it has by default. */
export const inspect: PacingContender = {
  name: 'inspect',
  about:
    'Inspect’s adaptive connections: 20 at first, 10 to 100, doubling until the first 429, then +5 % a clean round; × 0.8 and 15 s without growth at a 429; retries after `retry-after`, else 3 s doubling, the connection kept.',
  policy(send, { scale, random }) {
    const connections = new AdaptiveConnections(scale)
    return async (request) => {
      await connections.acquire()
      try {
        for (let retries = 0; ; retries++) {
          const answer = await send(request)
          if (answer.status < 400) connections.succeeded()
          if (!transient(answer.status)) return answer
          const asked = retryAfterMs(answer, scale)
          if (answer.status === 429) connections.refused(asked ?? 0)
          const own = Math.min(RETRY_FIRST_MS * 2 ** retries + random() * RETRY_JITTER_MS, RETRY_LONGEST_MS)
          await sleep(asked ?? own * scale)
        }
      } finally {
        connections.release()
      }
    }
  },
}
