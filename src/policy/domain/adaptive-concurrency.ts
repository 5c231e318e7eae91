/** In flight at first, while nothing is known of the host. */
const FIRST = 4
/** Let through per second on top, while not a single answer has come: the first may take minutes. */
const TRICKLE_PER_MS = 6 / 1000
const MOST_UNANSWERED = 256
/** Doubling takes at least this long, so that a host with a small limit and quick answers is not overrun. */
const DOUBLING_MS = 2000
const LEAST = 4
export const CUT = 0.8
/** Added for each good answer: a tenth with each round. */
const RECOVERY = 0.1
/** One refusal in twenty is luck; it takes this part of the latest answers to make a shortage. */
export const SHORT = 0.2
const SHORTAGE_WEIGHT = 0.08
/** How much slower than unloaded an answer may be. */
const TOLERANCE = 2

/** Answers that are looked at together. Fewer, and the mix of long and short ones decides. */
const LEAST_SAMPLE = 20
/** The unloaded time creeps up by this much with each sample, lest one lucky moment set the standard for ever. */
const CREEP = 1.003

/** What an answer's time is to be measured by: an output token takes as long as some fifty input tokens. */
function length(inputTokens: number, outputTokens: number): number {
  return outputTokens + inputTokens / 50 + 20
}

/**
 * How many requests may be in flight where nothing else limits them.
 *
 * `exploring`: the host sends no rate-limit headers. The number doubles while answers stay clean and quick, then follows
 * the time per token (a gradient, normalised by length because long answers are no congestion).
 * `free`: the limits are known and the buckets decide. `recovering`: the host was overloaded; back to free bit by bit.
 */
export class AdaptiveConcurrency {
  #mode: 'free' | 'exploring' | 'recovering' = 'exploring'
  #limit = FIRST
  #slowStart = true
  #answered = false
  #firstAt = -1
  #cutSequence = -1
  /** Part of the latest answers that told of a shortage. */
  #shortage = 0
  #freeAbove = Infinity
  #duration = 0
  #length = 0
  #count = 0
  /** Milliseconds per unit of length while the host was quick. */
  #unloaded = 0
  #slowSamples = 0

  get mode(): 'free' | 'exploring' | 'recovering' {
    return this.#mode
  }

  allowed(now: number): number {
    if (this.#mode === 'free') return Infinity
    if (this.#answered || this.#firstAt < 0) return Math.floor(this.#limit)
    const trickled = this.#limit + (now - this.#firstAt) * TRICKLE_PER_MS
    return Math.floor(Math.min(trickled, Math.max(this.#limit, MOST_UNANSWERED)))
  }

  /** Milliseconds until one more is allowed without anything happening; Infinity when only an answer can help. */
  waitMs(): number {
    return this.#mode !== 'exploring' || this.#answered ? Infinity : 1 / TRICKLE_PER_MS
  }

  /** So many were in flight at most in another process, whose latest answers nobody has heard of. */
  takeOver(concurrent: number): void {
    if (this.#mode !== 'exploring' || this.#answered) return
    this.#answered = true
    this.#limit = Math.max(FIRST, concurrent / 2)
  }

  dispatched(now: number): void {
    if (this.#firstAt < 0) this.#firstAt = now
  }

  /** Limits are known: from now on they decide. */
  release(): void {
    if (this.#mode === 'exploring') this.#mode = 'free'
  }

  /** A good answer has begun. */
  clean(inFlight: number): void {
    this.#shortage += SHORTAGE_WEIGHT * (0 - this.#shortage)
    if (!this.#answered) {
      this.#answered = true
      // What had trickled out unanswered was no harm.
      this.#limit = Math.max(this.#limit, Math.min(inFlight, MOST_UNANSWERED))
    }
    if (this.#mode !== 'recovering' || inFlight < this.#limit / 2) return
    this.#limit += RECOVERY
    if (this.#limit > this.#freeAbove) this.#mode = 'free'
  }

  /** A good answer is complete and frees its place: with one more for each, the number doubles in a round. */
  completed(durationMs: number, inputTokens: number, outputTokens: number, inFlight: number): void {
    if (this.#mode !== 'exploring') return
    if (this.#slowStart && inFlight >= this.#limit / 2) this.#limit += Math.min(1, durationMs / DOUBLING_MS)
    this.#duration += durationMs
    this.#length += length(inputTokens, outputTokens)
    this.#count += 1
    if (this.#count < Math.max(LEAST_SAMPLE, this.#limit / 2)) return
    const taken = this.#duration / this.#length
    this.#duration = 0
    this.#length = 0
    this.#count = 0
    if (this.#unloaded === 0) this.#unloaded = taken
    this.#unloaded = taken < this.#unloaded ? (2 * this.#unloaded + taken) / 3 : this.#unloaded * CREEP
    if (inFlight < this.#limit / 2) return
    const gradient = Math.min(1, Math.max(0.5, (TOLERANCE * this.#unloaded) / taken))
    this.#slowSamples = gradient < 0.95 ? this.#slowSamples + 1 : 0
    if (this.#slowSamples > 1) this.#slowStart = false
    if (this.#slowStart) return
    const target = this.#limit * gradient + Math.sqrt(this.#limit)
    this.#limit = Math.max(LEAST, this.#limit + 0.3 * (target - this.#limit))
  }

  /**
   * The host says it is short of capacity. Cuts when it says so often, and once per episode: failures of requests sent
   * before the last cut say nothing new. True when it did.
   */
  overloaded(sequence: number, latestSequence: number, inFlight: number): boolean {
    this.#shortage += SHORTAGE_WEIGHT * (1 - this.#shortage)
    if (sequence <= this.#cutSequence || this.#shortage < SHORT) return false
    this.#cutSequence = latestSequence
    this.#slowStart = false
    if (this.#mode === 'free') {
      this.#mode = 'recovering'
      this.#freeAbove = Math.max(2 * inFlight, 2 * LEAST)
      this.#limit = inFlight
    }
    this.#limit = Math.max(LEAST, CUT * Math.min(this.#limit, Math.max(inFlight, LEAST)))
    return true
  }
}
