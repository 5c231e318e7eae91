import type { FailureReason } from '../../call/outcome.ts'
import type { ChargeEstimate } from '../cost/estimate.ts'
import type { RequestSize } from '../cost/charge-rule.ts'
import { countsTokens, DAY_MS, dimensionNames, MINUTE_MS, type DimensionName } from './dimension-name.ts'
import { NeighbourCharges } from './neighbour-charges.ts'
import { QuotaDimension, type LimitSource, type Pace } from './quota-dimension.ts'
import type { FamilySample, RateLimitSample } from './rate-limit-headers.ts'
import type { RateLimitFigures } from './rate-limit-message.ts'
import type { LevelMark } from './server-level.ts'
import type { Ceilings } from './slow-down-governor.ts'

/** Limits a user may state; each is also learnt. */
export interface ConfiguredLimits {
  /** Requests and tokens per minute and per day; null or absent where nothing is stated. */
  readonly rpm?: number | null
  readonly tpm?: number | null
  readonly rpd?: number | null
  readonly tpd?: number | null
  readonly project_tpm?: number | null
  /** The part of every limit that Spotter may use, above 0 up to 1. */
  readonly share?: number | null
}

/** One attempt's charge against every limit; numbers only. */
export interface Charge {
  /** Ascending with every dispatch. */
  readonly sequence: number
  readonly sentAt: number
  readonly tokens: number
  readonly size: RequestSize
  /** In the order of `dimensionNames`. */
  readonly marks: readonly LevelMark[]
}

/** A rate-limit refusal: its own headers, the figures of its message, and what it was classified as. */
export interface Refusal {
  readonly sample: RateLimitSample
  readonly figures: RateLimitFigures | null
  readonly retryAfterMs: number | null
  readonly reason: FailureReason
}

/** What a rate-limit refusal turned out to mean. */
export interface RefusalVerdict {
  /** `quantum`: there was room in the minute, but not in the second. `level`: the minute was used up. `unknown`: no figures. */
  readonly cause: 'quantum' | 'level' | 'unknown'
  /** Nothing is to be sent for so long. */
  readonly pauseMs: number
}

export type LimitListener = (dimension: QuotaDimension, before: number | null) => void

const LEAST_HORIZON = 0.2
const LEAST_HEADROOM = 0.9
const RESERVE = 0.05
/** Windows up to this may be what a host means by its minute. */
const LONGEST_MINUTE_MS = 30 * 60_000
const MOST_RESERVE = 0.25
/** Windows during which nothing is spent above the rate after that was refused; doubles up to the second figure. */
const BOOST_HOLD = 10
const LONGEST_BOOST_HOLD = 60

/** All limits of one domain, taken together or not at all, and how hard they are driven. */
export class DomainQuota {
  readonly dimensions: readonly QuotaDimension[]
  readonly #estimate: ChargeEstimate
  readonly #random: () => number
  readonly #onLimit: LimitListener
  readonly #neighbours = new NeighbourCharges()
  readonly #pace: { -readonly [Name in keyof Pace]: Pace[Name] }
  #cutSequence = -1
  #boostHeldUntil = 0
  #boostHold = BOOST_HOLD
  #cleanAt = 0
  #at: number

  constructor(
    limits: ConfiguredLimits,
    estimate: ChargeEstimate,
    random: () => number,
    now: number,
    onLimit: LimitListener,
  ) {
    this.#estimate = estimate
    this.#random = random
    this.#onLimit = onLimit
    this.#at = now
    this.#pace = {
      headroom: 1,
      share: limits.share ?? 1,
      boost: 0,
      reserve: RESERVE,
      horizon: 1,
      quantum: false,
      ramp: 1,
    }
    this.dimensions = dimensionNames.map((name) => {
      const dimension = new QuotaDimension(name, name.endsWith('Day') ? DAY_MS : MINUTE_MS, now)
      const configured = limits[settings[name]]
      if (configured) dimension.configure(configured)
      return dimension
    })
  }

  get pace(): Pace {
    return this.#pace
  }

  dimension(name: DimensionName): QuotaDimension {
    return this.dimensions[dimensionNames.indexOf(name)] as QuotaDimension
  }

  /** True once the upstream itself has told a limit, in headers or in a refusal. */
  get told(): boolean {
    return this.dimensions.some(
      (dimension) => dimension.source === 'header' || dimension.source === 'message',
    )
  }

  /** True when any limit is known, be it only configured. */
  get known(): boolean {
    return this.dimensions.some((dimension) => dimension.limit !== null)
  }

  /** `ramp`: share of the rate while dispatch restarts. `ceilings`: what governors allow, in units per ms. */
  advance(now: number, ramp: number, ceilings: Ceilings): void {
    const pace = this.#pace
    pace.ramp = ramp
    const windows = (now - this.#at) / MINUTE_MS
    this.#at = now
    if (windows > 0) {
      pace.headroom = Math.min(1, pace.headroom + 0.002 * windows)
      pace.reserve += (RESERVE - pace.reserve) * Math.min(1, 0.05 * windows)
    }
    for (const dimension of this.dimensions) {
      if (dimension.name === 'requests') dimension.ceiling = ceilings.requests
      else if (dimension.name === 'tokens') dimension.ceiling = ceilings.tokens
      dimension.advance(now, pace)
    }
  }

  /** Milliseconds until one request of so many tokens fits all limits; 0 now. Of the moment of the last `advance`. */
  waitMs(tokens: number): number {
    let wait = 0
    for (const dimension of this.dimensions) {
      if (!dimension.constrained) continue
      const needed = dimension.waitMs(countsTokens(dimension.name) ? tokens : 1, this.#pace)
      if (needed > wait) wait = needed
    }
    return wait
  }

  take(sequence: number, tokens: number, size: RequestSize, now: number): Charge {
    const marks = this.dimensions.map((dimension) =>
      dimension.take(countsTokens(dimension.name) ? tokens : 1, now),
    )
    return { sequence, sentAt: now, tokens, size, marks }
  }

  /** The request never left. */
  refund(charge: Charge): void {
    for (const dimension of this.dimensions)
      dimension.refund(countsTokens(dimension.name) ? charge.tokens : 1)
  }

  /** Merges an answer's headers. `judged`: the request was let in, so what it was charged is in the figures. */
  observe(charge: Charge, sample: RateLimitSample, judged: boolean, now: number): void {
    this.#merge('requests', charge, sample.requests)
    this.#merge('tokens', charge, sample.tokens)
    this.#merge('projectTokens', charge, sample.projectTokens)
    const { tokens } = sample
    if (!judged || !tokens || tokens.remaining === null) return
    const rate = this.dimension('tokens').rate
    for (const seen of this.#neighbours.add(charge, tokens.remaining, tokens.limit, rate)) {
      this.#estimate.observe(seen.size, seen.charged, false)
    }
    this.#clean(now)
  }

  /** A rate-limit refusal. `latestSequence`: of the last request sent so far; refusals up to it are one episode. */
  refused(charge: Charge, latestSequence: number, refusal: Refusal): RefusalVerdict {
    const { sample, figures } = refusal
    if (figures) this.#learnFigures(charge, figures)
    const lacking = this.#unexplained(refusal) ? null : this.#lacking(charge, sample, figures)
    const first = charge.sequence > this.#cutSequence
    const asked = exactWait(refusal.retryAfterMs, figures?.waitMs ?? null)
    if (lacking === null) return { cause: 'unknown', pauseMs: asked ?? 0 }
    if (first) this.#cutSequence = latestSequence
    if (lacking.length === 0) {
      if (first) this.#hitQuantum(charge.sentAt)
      return { cause: 'quantum', pauseMs: asked ?? 50 + 50 * this.#random() }
    }
    if (first) {
      this.#pace.headroom = Math.max(LEAST_HEADROOM, this.#pace.headroom - 0.002)
      this.#pace.reserve = Math.min(MOST_RESERVE, this.#pace.reserve + 0.02)
    }
    return { cause: 'level', pauseMs: asked ?? 0 }
  }

  /** Nothing was told and nothing is configured to explain a refusal: the tightest limit we know was wrong. */
  distrust(): void {
    for (const dimension of this.dimensions) {
      if (dimension.limit !== null) dimension.drain()
    }
  }

  /** What was sent above the rate was too much. */
  noBoost(now: number): void {
    if (this.#pace.boost === 0) return
    const windowMs = Math.min(...this.dimensions.map((dimension) => dimension.windowMs))
    this.#boostHeldUntil = now + this.#boostHold * windowMs
    this.#boostHold = Math.min(LONGEST_BOOST_HOLD, this.#boostHold * 2)
    this.#pace.boost = 0
  }

  #merge(name: DimensionName, charge: Charge, sample: FamilySample | null): void {
    if (!sample) return
    const dimension = this.dimension(name)
    this.#setLimit(dimension, sample.limit, 'header')
    const mark = charge.marks[dimensionNames.indexOf(name)]
    if (!mark || !dimension.observe(mark, charge.sequence, sample)) return
    // A minute that is no minute is none for the other limits either.
    if (dimension.windowMs > LONGEST_MINUTE_MS) return
    for (const other of this.dimensions) {
      if (other.windowMs <= LONGEST_MINUTE_MS) other.setWindow(dimension.windowMs)
    }
  }

  #setLimit(dimension: QuotaDimension, limit: number, source: LimitSource): void {
    const before = dimension.limit
    if (dimension.setLimit(limit, source)) this.#onLimit(dimension, before)
  }

  #learnFigures(charge: Charge, figures: RateLimitFigures): void {
    const dimension = this.#meant(figures)
    this.#setLimit(dimension, figures.limit, 'message')
    const mark = charge.marks[dimensionNames.indexOf(dimension.name)]
    if (mark && figures.used !== null && dimension.limit === figures.limit) {
      const remaining = Math.max(0, figures.limit - figures.used)
      dimension.observe(mark, charge.sequence, { limit: figures.limit, remaining, resetMs: null })
    }
    if (figures.requested !== null && countsTokens(dimension.name)) {
      this.#estimate.observe(charge.size, figures.requested, true)
    }
  }

  /** The header family called "requests" may be the one of the day. */
  #meant(figures: RateLimitFigures): QuotaDimension {
    const minute = this.dimension(figures.dimension === 'requestsDay' ? 'requests' : 'tokens')
    const daily = figures.dimension === 'requestsDay' || figures.dimension === 'tokensDay'
    if (!daily || minute.limit !== figures.limit) return this.dimension(figures.dimension)
    minute.windowMs = DAY_MS
    return minute
  }

  /** None of the limits we know can have been the reason, or they have explained too much already. */
  #unexplained({ sample, figures, reason }: Refusal): boolean {
    if (figures !== null) return false
    if (reason === 'rate_limit_tokens')
      return this.dimension('tokens').limit === null && sample.tokens === null
    if (reason === 'rate_limit_requests')
      return this.dimension('requests').limit === null && sample.requests === null
    return this.#pace.horizon <= LEAST_HORIZON
  }

  /** The dimensions that had no room for the charge; null when nothing tells. */
  #lacking(
    charge: Charge,
    sample: RateLimitSample,
    figures: RateLimitFigures | null,
  ): readonly DimensionName[] | null {
    const lacking: DimensionName[] = []
    let told = false
    for (const dimension of this.dimensions) {
      const cost = countsTokens(dimension.name) ? (figures?.requested ?? charge.tokens) : 1
      const left = remainingOf(dimension.name, sample, figures) ?? this.#believed(dimension, cost)
      if (left === null) continue
      told = true
      if (left < cost) lacking.push(dimension.name)
    }
    return told ? lacking : null
  }

  /** What headers of earlier answers make us believe was left before this charge. */
  #believed(dimension: QuotaDimension, cost: number): number | null {
    return dimension.source === 'header' && dimension.server.known ? dimension.server.level + cost : null
  }

  #hitQuantum(now: number): void {
    const pace = this.#pace
    // What was tried on top of the rate has found its bound; anything else means that the bound itself is lower.
    if (pace.boost === 0) pace.horizon = Math.max(LEAST_HORIZON, pace.horizon * 0.8)
    pace.headroom = Math.max(LEAST_HEADROOM, pace.headroom - 0.002)
    pace.quantum = true
    this.noBoost(now)
    for (const dimension of this.dimensions) dimension.drain()
  }

  /** Nothing was refused for a while: a little more may be tried. */
  #clean(now: number): void {
    const pace = this.#pace
    const seconds = Math.min(1, ((now - this.#cleanAt) / this.dimension('tokens').windowMs) * 60)
    this.#cleanAt = now
    pace.horizon = Math.min(1, pace.horizon * (1 + 0.0005 * seconds))
    if (now < this.#boostHeldUntil) return
    pace.quantum = false
    pace.boost = Math.min(1, pace.boost + 0.1 * seconds)
  }
}

const settings = {
  requests: 'rpm',
  tokens: 'tpm',
  projectTokens: 'project_tpm',
  requestsDay: 'rpd',
  tokensDay: 'tpd',
} as const satisfies Record<DimensionName, keyof ConfiguredLimits>

function remainingOf(
  name: DimensionName,
  sample: RateLimitSample,
  figures: RateLimitFigures | null,
): number | null {
  if (figures?.dimension === name && figures.used !== null) return Math.max(0, figures.limit - figures.used)
  if (name === 'requests' || name === 'tokens' || name === 'projectTokens')
    return sample[name]?.remaining ?? null
  return null
}

/** `retry-after` in whole seconds is the exact wait of the message, rounded up: then the exact one is as good. */
function exactWait(asked: number | null, printed: number | null): number | null {
  if (asked === null || printed === null) return asked ?? printed
  return printed <= asked && asked - printed <= 1000 ? printed : asked
}
