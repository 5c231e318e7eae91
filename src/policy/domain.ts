import type { Failure, Usage } from '../call/outcome.ts'
import { AdaptiveConcurrency } from './concurrency.ts'
import type { ChargeEstimate } from './cost/estimate.ts'
import type { RequestSize } from './cost/charge-rule.ts'
import { DomainStatistics } from './domain-statistics.ts'
import type { ChangeKind } from './admission.ts'
import { FairQueue, type FairKey, type QueueItem } from './fair-queue.ts'
import { dimensionLabels } from './quota/dimension-name.ts'
import { DomainQuota, type Charge, type ConfiguredLimits } from './quota/domain-quota.ts'
import { ForeignUse } from './quota/foreign-use.ts'
import { RateDiscovery } from './quota/rate-discovery.ts'
import type { RateLimitSample } from './quota/rate-limit-headers.ts'
import { readRateLimitMessage } from './quota/rate-limit-message.ts'
import { SlowDownGovernor, type Ceilings } from './quota/slow-down-governor.ts'

/** A waiter as its domain sees it. */
export interface Sized extends QueueItem {
  readonly size: RequestSize
  /** Charge foreseen when it came, in tokens. */
  readonly tokens: number
}

/** So many smaller requests may pass one that does not fit, and for so long; then everything waits for it. */
const MOST_PASSES = 8
const LONGEST_HOLD_MS = 2000
/** What fits sooner than this is not worth overtaking. */
const WORTH_PASSING_MS = 50
const FLEX_PAUSE_MS = 1000
const LONGEST_FLEX_PAUSE_MS = 60_000
/** Waits longer than this are not pacing but a limit used up for the day. */
const DAILY_PAUSE_MS = 10 * 60_000

export interface DomainSettings {
  readonly name: string
  readonly longContext: boolean
  readonly flex: boolean
  readonly limits: ConfiguredLimits
  readonly estimate: ChargeEstimate
  readonly random: () => number
  readonly now: number
  readonly wall: () => number
  /** One sentence for every change of state worth a line in the log. */
  readonly onNote: (kind: ChangeKind, message: string) => void
}

/**
 * Requests that draw on the same quota: one limit group × context class × tier class. Holds their waiting room and
 * everything that may keep the next one from being sent.
 */
export class Domain<Item extends Sized> {
  readonly name: string
  readonly longContext: boolean
  readonly flex: boolean
  readonly queue = new FairQueue<Item>()
  readonly quota: DomainQuota
  readonly discovery = new RateDiscovery()
  readonly concurrency = new AdaptiveConcurrency()
  readonly governor = new SlowDownGovernor()
  readonly statistics = new DomainStatistics()
  readonly foreign = new ForeignUse()
  readonly #settings: DomainSettings
  readonly #estimate: ChargeEstimate
  readonly #onNote: DomainSettings['onNote']
  inFlight = 0
  /** Tokens foreseen for everyone who waits. */
  queuedTokens = 0
  #latest = -1
  #gateUntil = 0
  #gateReason: string | null = null
  #flexPauseMs = FLEX_PAUSE_MS
  #passes = 0
  #heldAt = 0
  #heldBack = false
  #lookedAt = 0
  #slowSequence = -1
  #toldPerMinute = 0

  constructor(settings: DomainSettings) {
    const { name, limits, estimate, random, now, onNote } = settings
    this.#settings = settings
    this.name = name
    this.longContext = settings.longContext
    this.flex = settings.flex
    this.#estimate = estimate
    this.#onNote = onNote
    this.quota = new DomainQuota(
      limits,
      estimate,
      random,
      now,
      ({ name: limit, limit: size, source }, before) => {
        const was = before === null ? '' : `, it was ${before}`
        onNote('limit', `The limit of ${name} is ${size} ${dimensionLabels[limit]} (${source}${was}).`)
      },
    )
    if (this.quota.known) this.concurrency.release()
  }

  /** Monotonic ms until which nothing is sent because the upstream asked for it, and why. */
  get gate(): { readonly until: number; readonly reason: string | null } {
    return { until: this.#gateUntil, reason: this.#gateReason }
  }

  push(item: Item): void {
    this.queue.push(item)
    this.queuedTokens += item.tokens
  }

  remove(item: Item): boolean {
    if (!this.queue.remove(item)) return false
    this.queuedTokens = this.queue.size === 0 ? 0 : this.queuedTokens - item.tokens
    return true
  }

  /** Who may be sent now, or the milliseconds until somebody may (Infinity: not before something happens). */
  next(now: number, ramp: number): Item | number {
    if (this.queue.size === 0) return Infinity
    this.#advance(now, ramp)
    const closed = this.#closedMs(now, ramp)
    if (closed > 0) return closed
    const { held } = this.queue
    if (held) return this.#nextBeside(held, now)
    const head = this.queue.head(now)
    if (!head) return Infinity
    const wait = this.#fitsIn(head)
    if (wait <= 0) return head
    if (wait < WORTH_PASSING_MS) return wait
    this.queue.hold(head)
    this.#heldAt = now
    this.#passes = 0
    return this.#nextBeside(head, now)
  }

  /** Whether a newcomer may be sent at once. Asked only while nobody waits. */
  fits(item: Item, now: number, ramp: number): boolean {
    this.#advance(now, ramp)
    return this.#closedMs(now, ramp) <= 0 && this.#fitsIn(item) <= 0
  }

  /** Out of its queue, or past it. */
  serve(item: Item, now: number): FairKey {
    if (!item.key) return this.queue.pass(item, now)
    const key = this.queue.serve(item, now)
    this.queuedTokens = this.queue.size === 0 ? 0 : this.queuedTokens - item.tokens
    return key
  }

  /** Books a request that is sent now. */
  take(item: Item, sequence: number, now: number): Charge {
    const tokens = this.#estimate.of(item.size)
    this.#latest = sequence
    this.inFlight += 1
    this.discovery.dispatched(now)
    this.concurrency.dispatched(now)
    this.statistics.admitted(item.size, tokens)
    return this.quota.take(sequence, tokens, item.size, now)
  }

  /**
   * An attempt is over. `judged`: the upstream said anything at all. `arrived`: it may have been charged; otherwise it is
   * as if it had never been sent.
   */
  ended(charge: Charge, judged: boolean, arrived: boolean, now: number): void {
    this.inFlight -= 1
    if (!judged) this.discovery.forgotten()
    if (!arrived) this.quota.refund(charge)
    this.discovery.ended(charge.sequence, now)
  }

  /** The head of an answer, good (below 400) or not. */
  answered(charge: Charge, status: number, sample: RateLimitSample, now: number): void {
    const good = status < 400
    this.quota.observe(charge, sample, good, now)
    this.#watchForeignUse(now)
    if (this.quota.told) this.concurrency.release()
    if (!good) return
    this.#flexPauseMs = FLEX_PAUSE_MS
    this.discovery.accepted(charge.sequence, now)
    this.#tellDiscovery()
    this.concurrency.clean(now - charge.sentAt, this.inFlight)
  }

  /** A complete answer. */
  completed(charge: Charge, usage: Usage, now: number): void {
    this.statistics.completed(charge, usage, this.#estimate)
    this.concurrency.timed(now - charge.sentAt, usage.input, usage.output, this.inFlight)
  }

  /** A refusal or fault. `sample`: its own headers. */
  refused(charge: Charge, failure: Failure, sample: RateLimitSample, now: number): void {
    this.statistics.wasted(failure.reason, charge)
    switch (failure.reason) {
      case 'rate_limit':
      case 'rate_limit_requests':
      case 'rate_limit_tokens':
      case 'rate_limit_daily':
      case 'request_larger_than_limit':
        return this.#rateLimited(charge, failure, sample, now)
      case 'slow_down':
        return this.#slowDown(charge, failure, now)
      case 'flex_unavailable':
        this.#pause(now, failure.retryAfterMs ?? this.#flexPauseMs, 'no capacity for flex requests')
        this.#flexPauseMs = Math.min(LONGEST_FLEX_PAUSE_MS, 2 * this.#flexPauseMs)
        return
      case 'overloaded':
        if (failure.retryAfterMs) this.#pause(now, failure.retryAfterMs, 'the upstream is overloaded')
        if (this.concurrency.overloaded(charge.sequence, this.#latest, this.inFlight)) {
          const allowed = this.concurrency.allowed(now)
          this.#onNote(
            'overloaded',
            `The upstream is overloaded; ${this.name} goes down to ${allowed} requests at a time.`,
          )
        }
        return
      default:
        // Whatever it was, the rate was not refused.
        if (failure.upstreamStatus !== null) this.discovery.accepted(charge.sequence, now)
    }
  }

  /** Milliseconds a newcomer of this key is likely to wait; null while no limit is known. */
  predictedWaitMs(item: Item, now: number, ramp: number): number | null {
    this.#advance(now, ramp)
    const gate = Math.max(0, this.#gateUntil - now)
    const own = this.queue.band(item.continuation)
    const other = this.queue.band(!item.continuation)
    const position = (own.keys.get(item.fairnessKey)?.waiting.size ?? 0) + 1
    let ahead = Math.min(own.size, (own.active.size + 1) * position)
    ahead += Math.min(other.size, item.continuation ? ahead / other.weight / 8 : ahead * other.weight)
    if (ahead === 0) return gate
    const { requests, tokens } = this.effectiveRates()
    if (requests === Infinity && tokens === Infinity) return gate > 0 ? gate : null
    const average = this.queue.size > 0 ? this.queuedTokens / this.queue.size : item.tokens
    return gate + Math.max(ahead / requests, (ahead * average) / tokens)
  }

  /** Milliseconds until everyone who waits now has been sent; null while no limit is known. */
  emptyInMs(now: number): number | null {
    const gate = Math.max(0, this.#gateUntil - now)
    if (this.queue.size === 0) return 0
    const { requests, tokens } = this.effectiveRates()
    if (requests === Infinity && tokens === Infinity) return null
    return gate + Math.max(this.queue.size / requests, this.queuedTokens / tokens)
  }

  /** Brings levels and rates up to now. */
  refresh(now: number, ramp: number): void {
    this.#advance(now, ramp)
  }

  /** Requests and tokens per ms that are being sent at most, as paced now. */
  effectiveRates(): Ceilings {
    let requests = Infinity
    let tokens = Infinity
    for (const dimension of this.quota.dimensions) {
      if (!dimension.constrained) continue
      const paced = dimension.paced(this.quota.pace)
      if (dimension.name.startsWith('requests')) requests = Math.min(requests, paced)
      else tokens = Math.min(tokens, paced)
    }
    return { requests, tokens }
  }

  /** The largest limit this charge can never meet, if we are sure of the charge. */
  exceeded(size: RequestSize, tokens: number): { readonly limit: number; readonly stated: boolean } | null {
    for (const name of ['tokens', 'projectTokens', 'tokensDay'] as const) {
      const { limit, source } = this.quota.dimension(name)
      if (limit === null || source === 'configured' || tokens <= limit) continue
      const { rule, scale } = this.#estimate.rule
      const stated = rule !== 'input' && scale >= 1 && (size.maxOutput ?? 0) * size.choices > limit
      const doubt = this.#estimate.calibrated ? 1.1 : 1.5
      if (stated || tokens > doubt * limit) return { limit, stated }
    }
    return null
  }

  #advance(now: number, ramp: number): void {
    const { dimensions } = this.quota
    const requests = dimensions[0]
    const tokens = dimensions[1]
    const known: Ceilings = {
      requests: requests && requests.limit !== null ? requests.rate : Infinity,
      tokens: tokens && tokens.limit !== null ? tokens.rate : Infinity,
    }
    const ceilings = this.governor.ceilings(now, known)
    if (this.#heldBack) this.discovery.wanted(now - this.#lookedAt)
    this.#heldBack = false
    this.#lookedAt = now
    const discovered = this.discovery.ceiling
    this.quota.advance(now, ramp, {
      requests: Math.min(ceilings.requests, discovered),
      tokens: ceilings.tokens,
    })
  }

  /** Everything but the limits: what was asked for, what is being probed, what is in flight. */
  #closedMs(now: number, ramp: number): number {
    const gate = this.#gateUntil - now
    if (gate > 0) return gate
    const probe = this.discovery.waitMs(now)
    if (probe > 0) return probe
    const allowed = this.concurrency.allowed(now)
    if (this.inFlight < (ramp < 1 && allowed !== Infinity ? Math.max(1, allowed * ramp) : allowed)) return 0
    return this.concurrency.waitMs()
  }

  #fitsIn(item: Item): number {
    // A probe finds out whether the host lets anything in: no rate of ours holds it back.
    if (this.discovery.blocked) return 0
    const wait = this.quota.waitMs(this.#estimate.of(item.size))
    if (wait > 0) this.#heldBack = true
    return wait
  }

  #nextBeside(held: Item, now: number): Item | number {
    const wait = this.#fitsIn(held)
    if (wait <= 0) return held
    if (this.#passes >= MOST_PASSES || now - this.#heldAt > LONGEST_HOLD_MS) return wait
    const other = this.queue.head(now)
    if (!other || other.tokens > held.tokens / 2) return wait
    const otherWait = this.#fitsIn(other)
    if (otherWait > 0) return Math.min(wait, otherWait)
    this.#passes += 1
    return other
  }

  #rateLimited(charge: Charge, failure: Failure, sample: RateLimitSample, now: number): void {
    const figures = readRateLimitMessage(failure.upstreamMessage)
    const { retryAfterMs, reason } = failure
    const verdict = this.quota.refused(charge, this.#latest, { sample, figures, retryAfterMs, reason })
    if (failure.reason === 'request_larger_than_limit') return
    if (this.quota.told) this.concurrency.release()
    if (verdict.cause !== 'unknown') {
      this.#pause(
        now,
        verdict.pauseMs,
        failure.reason === 'rate_limit_daily' ? 'the daily limit is used up' : 'rate limit',
      )
      return
    }
    this.quota.distrust()
    this.concurrency.endSlowStart()
    if (failure.reason === 'rate_limit_daily') {
      this.#pause(now, failure.retryAfterMs ?? DAILY_PAUSE_MS, 'the daily limit is used up')
    } else this.discovery.refused(charge.sequence, this.#latest, now, failure.retryAfterMs)
  }

  #tellDiscovery(): void {
    const { perMinute } = this.discovery
    if (perMinute === null || Math.abs(perMinute / this.#toldPerMinute - 1) < 0.25) return
    this.#toldPerMinute = perMinute
    const rounded = perMinute < 10 ? perMinute.toFixed(1) : Math.round(perMinute)
    this.#onNote(
      'discovery',
      `The host refuses without telling its limits; about ${rounded} requests per minute pass for ${this.name}, and calls are spaced accordingly.`,
    )
  }

  /** Where our own estimates are right, what flows out beside what we send is somebody else's. */
  #watchForeignUse(now: number): void {
    const drift = (name: 'requests' | 'tokens'): number => {
      const { rate, server } = this.quota.dimension(name)
      return rate > 0 ? server.drift / rate : 0
    }
    const tokens = this.#estimate.calibrated ? drift('tokens') : 0
    const fraction = Math.max(tokens, drift('requests'))
    if (!this.foreign.update(fraction, now, this.#settings.wall())) return
    const share = `${Math.round(fraction * 100)} %`
    this.#onNote(
      'foreign_use',
      this.foreign.since === null
        ? `Nobody else spends a noticeable part of the limits of ${this.name} any more.`
        : `${share} of the limits of ${this.name} are being spent by somebody else.`,
    )
  }

  #slowDown(charge: Charge, failure: Failure, now: number): void {
    this.#pause(now, failure.retryAfterMs ?? 1000, 'the upstream asked to slow down')
    if (charge.sequence <= this.#slowSequence) return
    this.#slowSequence = this.#latest
    const requests = this.quota.dimension('requests').sent.perMs(now)
    const tokens = this.quota.dimension('tokens').sent.perMs(now)
    this.governor.slowDown(now, { requests, tokens })
    this.quota.noBoost(now)
    const rate = Math.round(tokens * 0.8 * 60_000)
    this.#onNote(
      'slow_down',
      `The upstream asked to slow down; ${this.name} goes down to ${rate} tokens per minute and rises slowly.`,
    )
  }

  #pause(now: number, ms: number, reason: string): void {
    const until = now + ms
    if (until <= this.#gateUntil) return
    this.#gateUntil = until
    this.#gateReason = reason
    if (ms < DAILY_PAUSE_MS) return
    const minutes = Math.round(ms / 60_000)
    this.#onNote('paused', `Nothing is sent for ${this.name} for ${minutes} minutes: ${reason}.`)
  }
}
