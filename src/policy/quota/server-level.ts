/** What was believed of the server's bucket when a request was sent; numbers only. */
export interface LevelMark {
  /** Monotonic ms. */
  readonly at: number
  readonly cost: number
  /** The uncorrected level just after the request's own charge. */
  readonly raw: number
  /** Sums up to then: what was sent, what drift had taken, and what a full bucket had turned away. */
  readonly spent: number
  readonly drifted: number
  readonly clipped: number
  /** False when it was taken before anything was known: then nothing was predicted. */
  readonly predicted: boolean
}

/** Of a request that was not followed: when it is answered, nothing but its moment is known. */
export function markOfNothing(at: number): LevelMark {
  return { at, cost: 0, raw: 0, spent: 0, drifted: 0, clipped: 0, predicted: false }
}

/** A drift below this share of the rate is noise. */
const DEAD_BAND = 0.02
const MOST_DRIFT = 0.95
/** So many deviations in the same direction, each of this share of the rate, and drift is learnt six times as fast. */
const RUN = 1
const CHANGE = 0.08
const REFUSED_GAIN = 0.7
/** A second of the limit's minute, as a part of the window. */
const SECOND = 1 / 60
/** A drift that began between two observations far apart is larger than its average: by as much again, but at most this. */
const MOST_DOUBT = 0.2
/** A drift below this may just be beginning. */
const LITTLE_DRIFT = 0.05
/** How fast a drift is forgotten while the bucket is full: its time constant, as a part of the window. */
const FORGOTTEN_IN = 1 / 60
/** More than this below zero would mean that our estimate of every request is 2.5 times too high. */
const LEAST_DRIFT = -0.6

/**
 * Follows the level of a bucket that is kept elsewhere and seen only now and then, late and out of order.
 *
 * Between observations it predicts: refill at the limit's rate, minus what we send, minus *drift* (what others spend, or
 * what our estimates are wrong by). An answer's `remaining` belongs to the moment of admission, so it is compared with
 * what was predicted for that moment (the mark), and only the difference is applied to the level now. That makes an
 * answer ten minutes old as usable as a fresh one: whatever we sent since is already in the prediction.
 */
export class ServerLevel {
  #at: number
  #raw = 0
  #offset = 0
  #drift = 0
  #spent = 0
  #drifted = 0
  #clipped = 0
  #known = false
  /** The last observation: when its request was sent, what was missing from the prediction, the drift taken until then. */
  #anchorAt = 0
  #anchorTarget = 0
  #anchorDrifted = 0
  #anchored = false
  #observations = 0
  #run = 0
  #runSign = 0
  /** Average size of the corrections, in units. */
  #surprise = 0

  constructor(now: number) {
    this.#at = now
  }

  /** True once the server has said how much is left. Before that the level only counts what was sent. */
  get known(): boolean {
    return this.#known
  }

  get level(): number {
    return this.#raw + this.#offset
  }

  /** Units per ms that flow out beside what we send. Negative: the server charges less than we think. */
  get drift(): number {
    return this.#drift
  }

  get surprise(): number {
    return this.#surprise
  }

  advance(now: number, rate: number, limit: number): void {
    const elapsed = now - this.#at
    if (elapsed <= 0) return
    this.#at = now
    if (!this.#known) return
    this.#raw += (rate - this.#drift) * elapsed
    this.#drifted += this.#drift * elapsed
    this.#clip(limit)
  }

  spend(cost: number): LevelMark {
    this.#raw -= cost
    this.#spent += cost
    return {
      at: this.#at,
      cost,
      raw: this.#raw,
      spent: this.#spent,
      drifted: this.#drifted,
      clipped: this.#clipped,
      predicted: this.#known,
    }
  }

  /** A request that never reached the server. Later observations already contain the gift, hence the offset. */
  refund(cost: number): void {
    this.#offset += cost
    this.#anchorTarget += cost
  }

  /** Where nothing is known but the limit: as if the server had just said so. */
  assume(level: number): void {
    this.#known = true
    this.#offset = level - this.#raw
    this.#anchored = false
  }

  /**
   * The server's bucket held `remaining` right after it charged the request of this mark. Observations must come in the
   * order of their requests. `windowMs`: the time in which the server's bucket fills. `charged`: false for a refused request.
   */
  observe(
    mark: LevelMark,
    remaining: number,
    rate: number,
    limit: number,
    windowMs: number,
    charged = true,
  ): void {
    if (!mark.predicted || !this.#known) {
      this.#known = true
      // Nothing to compare with: what it said, refilled since then, less what was sent since then.
      const refilled = Math.min(limit, remaining + rate * Math.max(0, this.#at - mark.at))
      this.#offset = refilled - (this.#spent - mark.spent) - this.#raw
      this.#clip(limit)
      return
    }
    const target = remaining - mark.raw
    const uncharged = charged ? 0 : mark.cost
    this.#learnDrift(mark, target, uncharged, rate, remaining + mark.cost >= 0.9995 * limit, windowMs)
    this.#correct(mark, target, limit, (rate * windowMs) / 60)
  }

  /** What was observed was another bucket. */
  forget(): void {
    this.#known = false
    this.#drift = 0
    this.#run = 0
    this.#anchored = false
  }

  /** The limit itself has changed: what was learnt about flows between observations spans both. */
  limitChanged(limit: number): void {
    this.#anchored = false
    if (this.#known) this.#clip(limit)
  }

  /** It refills in another time than was believed: what looked like drift was that. */
  rateChanged(limit: number): void {
    this.#drift = 0
    this.#run = 0
    this.limitChanged(limit)
  }

  #correct(mark: LevelMark, target: number, limit: number, second: number): void {
    let missing = target - this.#offset
    const clippedSince = this.#clipped - mark.clipped
    // A bucket that has been full since has forgotten what it held before.
    if (clippedSince > 0) missing = missing > 0 ? 0 : Math.min(0, missing + clippedSince)
    this.#surprise += 0.05 * (Math.abs(missing) - this.#surprise)
    // Small differences come from the road and cancel out. Of large ones bad news counts at once, while good news may be
    // an echo from a server that lags behind.
    const gain = Math.abs(missing) < second ? 0.5 : missing > 0 ? 0.3 : 1
    this.#offset += gain * missing
    this.#clip(limit)
  }

  /**
   * What the prediction missed between two observations, divided by the time between their requests, is the drift on top
   * of the one assumed then. It is an absolute estimate, so that late answers do not make it swing.
   */
  #learnDrift(
    mark: LevelMark,
    target: number,
    uncharged: number,
    rate: number,
    full: boolean,
    windowMs: number,
  ): void {
    const elapsed = mark.at - this.#anchorAt
    if (this.#anchored && elapsed < windowMs / 120) return
    if (this.#anchored && rate > 0) {
      const assumed = (mark.drifted - this.#anchorDrifted) / elapsed
      const missed = (this.#anchorTarget - target + uncharged) / elapsed
      const estimate = assumed + missed + this.#doubt(missed, uncharged > 0, elapsed / windowMs, rate)
      const bounded = Math.min(MOST_DRIFT * rate, Math.max(LEAST_DRIFT * rate, estimate))
      this.#observations += 1
      this.#watchRun(bounded - this.#drift, rate)
      const speed = this.#run < RUN ? 6 : 36
      let gain = Math.max(1 - Math.exp((-speed * elapsed) / windowMs), 1 / (this.#observations + 4))
      // A refusal proves that less flows in than was believed.
      if (uncharged > 0 && bounded > this.#drift) gain = Math.max(gain, REFUSED_GAIN)
      this.#drift += gain * (bounded - this.#drift)
      // A full bucket hides its inflow: a drift that is over would never be seen to be over.
      if (full && this.#drift > 0) this.#drift *= Math.exp(-elapsed / (FORGOTTEN_IN * windowMs))
    }
    this.#anchored = true
    this.#anchorAt = mark.at
    this.#anchorTarget = target
    this.#anchorDrifted = mark.drifted
  }

  /**
   * Added to the drift a refusal shows. Where headers come late, the observation before is seconds old, and a neighbour who
   * began in between looks smaller than it is: too small to keep the next request from being refused as well.
   */
  #doubt(missed: number, refused: boolean, windows: number, rate: number): number {
    if (!refused || windows <= SECOND || this.#drift >= LITTLE_DRIFT * rate) return 0
    return Math.min(Math.max(0, missed), MOST_DOUBT * rate)
  }

  /** Noise goes up and down; what goes the same way again and again is a change. */
  #watchRun(deviation: number, rate: number): void {
    const sign = Math.abs(deviation) < CHANGE * rate ? 0 : Math.sign(deviation)
    this.#run = sign !== 0 && sign === this.#runSign ? this.#run + 1 : 0
    this.#runSign = sign
  }

  /** Drift as far as it is more than noise. */
  significantDrift(rate: number): number {
    return Math.abs(this.#drift) < DEAD_BAND * rate ? 0 : this.#drift
  }

  #clip(limit: number): void {
    const excess = this.#raw + this.#offset - limit
    if (excess <= 0) return
    this.#raw -= excess
    this.#clipped += excess
  }
}
