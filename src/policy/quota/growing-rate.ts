/** What is sent of a rate just after a refusal, */
const MARGIN = 0.97
/** and what is added for the square of the time since then, in units of the time that the rate rests on. */
const GROWTH = 0.04
/** A guess rises by half with every step. */
const STEP = 1.5
/** A step takes so many requests and so much time, and counts where the rate held requests back for most of it. */
const STEP_REQUESTS = 6
const GUESS_STEP_REQUESTS = 2
const STEP_MS = 1000
const MOST = 0.6
/** A rate rests on at most so many requests or so much time, whichever is longer, and on no less than so much time. */
const MEMORY = 100
const MEMORY_MS = 20_000
const LEAST_MEMORY_MS = 5000
/** Earlier measurements count for at most so many times the length of the present one. */
const TRUST = 2
/** Where the rate rose by so much meanwhile, the limit was not reached for most of the time. */
const RISEN = 1.4
/** Slower than one in a minute is no limit but an outage. */
const LEAST = 1 / 60_000

/**
 * A rate known from measurements, and what is tried above it: the longer nothing is refused the more, and the sooner the
 * shorter the time is that was measured.
 */
export class GrowingRate {
  #perMs = Infinity
  /** Milliseconds that the rate rests on; 0 while it is a guess. */
  #restsOnMs = 0
  /** How far it has risen since the last refusal. */
  #steps = 0
  #grownMs = 0
  #stepAt = 0
  #stepSent = 0
  #stepHeldMs = 0

  /** Infinity before anything is known. */
  get perMs(): number {
    return this.#perMs
  }

  get known(): boolean {
    return this.#perMs !== Infinity
  }

  /** What may be sent now, per ms. */
  get ceiling(): number {
    if (!this.known) return Infinity
    if (this.#restsOnMs === 0) return MARGIN * this.#perMs * STEP ** this.#steps
    return this.#perMs * (MARGIN + GROWTH * (this.#grownMs / this.#restsOnMs) ** 2)
  }

  /** Better than nothing. It rises by leaps until something is refused. */
  guess(perMs: number): void {
    this.#perMs = Math.max(LEAST, perMs)
    this.#restsOnMs = 0
  }

  /**
   * What was accepted per ms between two moments at which no more was accepted. It is averaged with earlier ones by their
   * lengths, unless the rate has risen a lot meanwhile; `whole`: of a whole window, whatever the rate did.
   */
  measured(perMs: number, elapsedMs: number, whole: boolean): void {
    const measured = Math.max(LEAST, perMs)
    const doubtful = !whole && this.ceiling > RISEN * Math.max(measured, this.#perMs)
    const earlierMs = doubtful || !this.known ? 0 : Math.min(this.#restsOnMs, TRUST * elapsedMs)
    const earlier = earlierMs > 0 ? earlierMs * this.#perMs : 0
    this.#perMs = (earlier + elapsedMs * measured) / (earlierMs + elapsedMs)
    this.#rest(doubtful ? 0 : earlierMs + elapsedMs)
  }

  /** Refused before much could be measured: a guess was not so bad that it would have to rise by leaps. */
  confirmGuess(): void {
    if (this.#restsOnMs === 0) this.#rest(0)
  }

  /** Something was refused: what was tried above the rate begins anew. */
  restart(now: number): void {
    this.#steps = 0
    this.#grownMs = 0
    this.#beginStep(now)
  }

  /** The rate held a request back for so long. */
  heldBack(ms: number): void {
    this.#stepHeldMs += ms
  }

  sent(now: number): void {
    this.#stepSent += 1
    const elapsed = now - this.#stepAt
    const enough = this.#restsOnMs === 0 ? GUESS_STEP_REQUESTS : STEP_REQUESTS
    if (this.#stepSent < enough || elapsed < STEP_MS) return
    if (this.#stepHeldMs > MOST * elapsed) {
      this.#steps += 1
      this.#grownMs += elapsed
    }
    this.#beginStep(now)
  }

  #rest(onMs: number): void {
    const most = Math.max(MEMORY_MS, MEMORY / this.#perMs)
    this.#restsOnMs = Math.max(LEAST_MEMORY_MS, STEP_REQUESTS / this.#perMs, Math.min(most, onMs))
  }

  #beginStep(now: number): void {
    this.#stepAt = now
    this.#stepSent = 0
    this.#stepHeldMs = 0
  }
}
