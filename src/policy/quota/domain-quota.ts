import type { RequestSize } from '../cost/charge-rule.ts'
import type { ChargeEstimate } from '../cost/estimate.ts'
import type { LimitHandover } from '../handover.ts'
import { AdaptivePace } from './adaptive-pace.ts'
import {
  countsTokens,
  DAY_MS,
  dimensionNames,
  limitLabel,
  MINUTE_MS,
  type DimensionName,
} from './dimension-name.ts'
import { NeighbourCharges } from './neighbour-charges.ts'
import { QuotaDimension, type LimitSource } from './quota-dimension.ts'
import type { FamilySample, RateLimitSample } from './rate-limit-headers.ts'
import type { RateLimitFigures } from './rate-limit-message.ts'
import { waitOf, type Refusal, type RefusalVerdict } from './refusal.ts'
import { causeOf, secondsFilled } from './refusal-cause.ts'
import { markOfNothing, type LevelMark } from './server-level.ts'
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

export interface DomainQuotaSettings {
  readonly limits: ConfiguredLimits
  readonly estimate: ChargeEstimate
  readonly random: () => number
  readonly now: number
  /** A limit has become known or has changed, or its time has; `before` is null when none was known. */
  readonly onLimit: (dimension: QuotaDimension, before: number | null) => void
}

/** Windows up to this may be what a host means by its minute. */
const LONGEST_MINUTE_MS = 30 * MINUTE_MS
export const QUANTUM_PAUSE_MS = 50
/**
 * Every so many requests two are sent close together, where a second's worth is much more: their headers show what the
 * second one was charged, apart from whatever else goes on.
 */
const OFTEN_PAIRED = 8
const SELDOM_PAIRED = 32

/** All limits of one domain, taken together or not at all. */
export class DomainQuota {
  readonly dimensions: readonly QuotaDimension[]
  readonly pace: AdaptivePace
  readonly #settings: DomainQuotaSettings
  readonly #neighbours = new NeighbourCharges()
  #cutSequence = -1
  /** The headers named "requests" are about days: OpenAI sends those where an account has such a limit. */
  #daysTold = false
  #taken = 1

  constructor(settings: DomainQuotaSettings) {
    const { limits, now } = settings
    this.#settings = settings
    this.pace = new AdaptivePace(limits.share ?? 1, now)
    this.dimensions = dimensionNames.map((name) => {
      const dimension = new QuotaDimension(name, name.endsWith('Day') ? DAY_MS : MINUTE_MS, now)
      const configured = limits[configuredNames[name]]
      if (configured) dimension.configure(configured)
      return dimension
    })
  }

  dimension(name: DimensionName): QuotaDimension {
    return this.dimensions[dimensionNames.indexOf(name)] as QuotaDimension
  }

  /** True once the upstream itself has told a limit, in headers or in a refusal. */
  get told(): boolean {
    for (const { source } of this.dimensions) if (source === 'header' || source === 'message') return true
    return false
  }

  /** True when any limit is known, be it only configured. */
  get known(): boolean {
    return this.dimensions.some((dimension) => dimension.limit !== null)
  }

  /** The limit that says how many tokens one request may be charged at most; null while the upstream has told none. */
  get tightest(): { readonly limit: number; readonly label: string } | null {
    let least: { limit: number; label: string } | null = null
    for (const { name, limit, source, windowMs } of this.dimensions) {
      if (limit === null || source === 'configured' || !countsTokens(name)) continue
      if (!least || limit < least.limit) least = { limit, label: limitLabel(name, windowMs) }
    }
    return least
  }

  /** The limits per minute as rates per ms; Infinity where none is known. */
  rates(): Ceilings {
    const rate = ({ limit, windowMs }: QuotaDimension): number =>
      limit === null ? Infinity : limit / windowMs
    return { requests: rate(this.dimension('requests')), tokens: rate(this.dimension('tokens')) }
  }

  /** What is sent at most per ms, as paced now; a stock, such as a day's limit, is no rate. */
  effectiveRates(): Ceilings {
    let requests = Infinity
    let tokens = Infinity
    for (const dimension of this.dimensions) {
      if (!dimension.constrained || dimension.stock) continue
      const paced = dimension.paced(this.pace)
      if (countsTokens(dimension.name)) tokens = Math.min(tokens, paced)
      else requests = Math.min(requests, paced)
    }
    return { requests, tokens }
  }

  /** The limits that may be used up at will, as far as it is known what is left of them. */
  stocks(): QuotaDimension[] {
    return this.dimensions.filter(({ stock }) => stock !== null)
  }

  /** What was sent lately, per ms. */
  sent(now: number): Ceilings {
    return {
      requests: this.dimension('requests').sent.perMs(now),
      tokens: this.dimension('tokens').sent.perMs(now),
    }
  }

  /** `ramp`: share of the rate while dispatch comes back. `ceilings`: what governors allow, per ms. */
  advance(now: number, ramp: number, ceilings: Ceilings): void {
    this.pace.ramp = ramp
    this.pace.advance(now)
    for (const dimension of this.dimensions) {
      if (dimension.name === 'requests') dimension.ceiling = ceilings.requests
      else if (dimension.name === 'tokens') dimension.ceiling = ceilings.tokens
      dimension.advance(now, this.pace)
    }
  }

  /** Milliseconds until one request of so many tokens fits all limits; 0 now. Of the moment of the last `advance`. */
  waitMs(tokens: number): number {
    const paired = this.#taken % (this.#settings.estimate.settled ? SELDOM_PAIRED : OFTEN_PAIRED) === 0
    let wait = 0
    for (const dimension of this.dimensions) {
      if (!dimension.constrained) continue
      const cost = countsTokens(dimension.name) ? tokens : 1
      const needed = dimension.waitMs(cost, this.pace, paired ? 1.2 * cost : 0)
      if (needed > wait) wait = needed
    }
    return wait
  }

  take(sequence: number, tokens: number, size: RequestSize, now: number): Charge {
    this.#taken += 1
    const unfollowed = markOfNothing(now)
    const marks: LevelMark[] = []
    for (const dimension of this.dimensions) {
      const cost = countsTokens(dimension.name) ? tokens : 1
      marks.push(dimension.followed ? dimension.take(cost, now, this.pace) : unfollowed)
    }
    return { sequence, sentAt: now, tokens, size, marks }
  }

  /** The request never left. */
  refund(charge: Charge): void {
    for (const [index, dimension] of this.dimensions.entries())
      dimension.refund(charge.marks[index]?.cost ?? 0)
  }

  /** Merges an answer's headers. `judged`: the request was let in, so what it was charged is in the figures. */
  observe(charge: Charge, sample: RateLimitSample, judged: boolean, now: number): void {
    this.#merge(this.#daysTold ? 'requestsDay' : 'requests', charge, sample.requests, judged)
    this.#merge('tokens', charge, sample.tokens, judged)
    this.#merge('projectTokens', charge, sample.projectTokens, judged)
    if (!judged) return
    const { rate, windowMs } = this.dimension('tokens')
    this.pace.clean(now, windowMs)
    const { tokens } = sample
    if (!tokens || tokens.remaining === null) return
    for (const seen of this.#neighbours.add(charge, tokens.remaining, tokens.limit, rate)) {
      this.#settings.estimate.observe(seen.size, seen.charged, false)
    }
  }

  /** A rate-limit refusal. `latestSequence`: of the last request sent so far; refusals up to it are one episode. */
  refused(charge: Charge, latestSequence: number, given: Refusal): RefusalVerdict {
    if (given.figures) this.#learnFigures(charge, given.figures, given.sample)
    const { requests } = given.sample
    const refusal = this.#daysTold
      ? { ...given, sample: { ...given.sample, requests: null, requestsDay: requests } }
      : given
    const wait = waitOf(refusal)
    const cause = causeOf(refusal, charge.tokens, this.dimensions, this.pace.leastHorizon)
    if (cause === 'unknown') return { cause, pauseMs: wait ?? 0 }
    if (charge.sequence > this.#cutSequence) {
      this.#cutSequence = latestSequence
      if (cause === 'level') this.pace.levelMissed()
      else {
        const { windowMs } = this.dimension('tokens')
        this.pace.quantumHit(charge.sentAt, windowMs, secondsFilled(refusal, charge.tokens, this.dimensions))
        for (const dimension of this.dimensions) dimension.drain()
      }
    }
    // Those who were refused together must not come back together.
    return {
      cause,
      pauseMs: wait ?? (cause === 'level' ? 0 : QUANTUM_PAUSE_MS * (1 + this.#settings.random())),
    }
  }

  handover(): readonly LimitHandover[] {
    return this.dimensions.flatMap(({ name, limit, source, windowMs, server }) =>
      limit === null || source === null
        ? []
        : [{ name, limit, source, windowMs, level: server.known ? server.level : null }],
    )
  }

  takeOver(limits: readonly LimitHandover[]): void {
    for (const one of limits) {
      this.dimension(one.name).takeOver(one)
      if (one.name === 'requestsDay' && one.source === 'header') this.#daysTold = true
    }
  }

  /** What was sent lately was too much, whatever the limits say. */
  slowDown(now: number): void {
    for (const dimension of this.dimensions) dimension.drain()
    this.pace.noBoost(now, this.dimension('tokens').windowMs)
  }

  #merge(name: DimensionName, charge: Charge, sample: FamilySample | null, judged: boolean): void {
    if (!sample) return
    const dimension = this.dimension(name)
    // An answer older than one already merged would bring back a limit that has changed since.
    if (charge.sequence >= dimension.lastMerged) this.#setLimit(dimension, sample.limit, 'header')
    const mark = charge.marks[dimensionNames.indexOf(name)]
    if (!mark || !dimension.observe(mark, charge.sequence, sample, judged)) return
    // A minute that is no minute is none for the other limits either.
    this.#settings.onLimit(dimension, dimension.limit)
    if (dimension.windowMs > LONGEST_MINUTE_MS) {
      if (name !== 'requests') return
      this.#requestsAreTheDays(dimension.windowMs)
      return this.#merge('requestsDay', charge, sample, judged)
    }
    for (const other of this.dimensions) {
      if (other.windowMs <= LONGEST_MINUTE_MS) other.setWindow(dimension.windowMs)
    }
  }

  /** What was taken for the requests per minute was those per day; of the former nothing is known then. */
  #requestsAreTheDays(windowMs: number): void {
    const minute = this.dimension('requests')
    const day = this.dimension('requestsDay')
    const { limit, source } = minute
    this.#daysTold = true
    minute.forget(Math.min(this.dimension('tokens').windowMs, LONGEST_MINUTE_MS))
    day.setWindow(windowMs)
    if (limit !== null && source !== null) this.#setLimit(day, limit, source)
  }

  #setLimit(dimension: QuotaDimension, limit: number, source: LimitSource): void {
    const before = dimension.limit
    if (dimension.setLimit(limit, source)) this.#settings.onLimit(dimension, before)
  }

  #learnFigures(charge: Charge, figures: RateLimitFigures, { requests }: RateLimitSample): void {
    // It names the minute's limit, and its own headers tell of another one, which refills in hours.
    if (figures.dimension === 'requests' && requests && requests.limit !== figures.limit && !this.#daysTold) {
      const windowMs = windowOf(requests)
      if (windowMs !== null && windowMs > LONGEST_MINUTE_MS) this.#requestsAreTheDays(windowMs)
    }
    const dimension = this.#meant(figures)
    // The headers of this family are about days: a figure about minutes would be overwritten by the next of them.
    const other = dimension.windowMs > LONGEST_MINUTE_MS && !figures.dimension.endsWith('Day')
    if (!other && charge.sequence >= dimension.lastMerged) this.#setLimit(dimension, figures.limit, 'message')
    const mark = charge.marks[dimensionNames.indexOf(dimension.name)]
    if (mark && figures.used !== null && dimension.limit === figures.limit) {
      const remaining = Math.max(0, figures.limit - figures.used)
      dimension.observe(mark, charge.sequence, { limit: figures.limit, remaining, resetMs: null }, false)
    }
    if (figures.requested !== null && countsTokens(dimension.name)) {
      this.#settings.estimate.observe(charge.size, figures.requested, true)
    }
  }

  /** The header family called "requests" may be the one of the day. */
  #meant(figures: RateLimitFigures): QuotaDimension {
    const named = this.dimension(figures.dimension)
    if (figures.dimension !== 'requestsDay' && figures.dimension !== 'tokensDay') return named
    const minute = this.dimension(figures.dimension === 'requestsDay' ? 'requests' : 'tokens')
    if (minute.limit !== figures.limit) return named
    if (figures.dimension === 'requestsDay') {
      this.#requestsAreTheDays(DAY_MS)
      return named
    }
    if (minute.setWindow(DAY_MS)) this.#settings.onLimit(minute, minute.limit)
    return minute
  }
}

/** By the law of a bucket that refills evenly, `reset = used × window / limit`; null where nothing is used. */
function windowOf({ limit, remaining, resetMs }: FamilySample): number | null {
  if (remaining === null || resetMs === null || remaining >= limit) return null
  return (limit * resetMs) / (limit - remaining)
}

const configuredNames = {
  requests: 'rpm',
  tokens: 'tpm',
  projectTokens: 'project_tpm',
  requestsDay: 'rpd',
  tokensDay: 'tpd',
} as const satisfies Record<DimensionName, keyof ConfiguredLimits>
