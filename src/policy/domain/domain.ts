import type { Failure, Usage } from '../../call/outcome.ts'
import type { ChangeKind } from '../admission-options.ts'
import type { RequestSize } from '../cost/charge-rule.ts'
import type { ChargeEstimate } from '../cost/estimate.ts'
import type { DomainHandover } from '../handover.ts'
import { DomainQuota, type Charge, type ConfiguredLimits } from '../quota/domain-quota.ts'
import { ForeignUse } from '../quota/foreign-use.ts'
import { RateDiscovery } from '../quota/rate-discovery.ts'
import type { RateLimitSample } from '../quota/rate-limit-headers.ts'
import { SlowDownGovernor, type Ceilings } from '../quota/slow-down-governor.ts'
import type { FairKey, QueueItem } from './band.ts'
import { FairQueue } from './fair-queue.ts'
import { AdaptiveConcurrency } from './adaptive-concurrency.ts'
import { DispatchPause } from './dispatch-pause.ts'
import { DomainNotes } from './domain-notes.ts'
import { DomainStatistics } from './domain-statistics.ts'
import type { Outlook } from './forecast.ts'
import { ForecastRecord } from './forecast-record.ts'
import { exceededLimit, type Exceeded } from './exceeded-limit.ts'
import { outflowOf } from './outflow.ts'
import { RefusalReactions } from './refusal-reactions.ts'
import { UsedUpStock } from './used-up-stock.ts'
import { HeadOfLine } from './head-of-line.ts'

/** A waiter as its domain sees it. */
export interface Sized extends QueueItem {
  readonly size: RequestSize
  /** Charge foreseen when it came, in tokens. */
  readonly tokens: number
}

/** What a request counts for between keys. `final`: it will not turn out to be another amount. */
export interface Work {
  readonly amount: number
  readonly final: boolean
}

/** Work of any request where only their number is limited; about what one is in tokens, lest the unit change with the limit. */
const A_REQUEST = 1000

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
 * Requests that draw on the same quota: one limit group × context class × tier class. Holds their queue and everything
 * that may keep the next one from being sent.
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
  readonly pause = new DispatchPause()
  readonly statistics = new DomainStatistics()
  readonly foreign = new ForeignUse()
  readonly forecasts = new ForecastRecord()
  readonly #usedUp = new UsedUpStock()
  readonly #head: HeadOfLine<Item>
  readonly #estimate: ChargeEstimate
  readonly #wall: () => number
  readonly #notes: DomainNotes
  readonly #reactions: RefusalReactions
  #inFlight = 0
  #queuedTokens = 0
  #latest = -1
  #rateHeldBack = false
  #lookedAt = 0

  constructor(settings: DomainSettings) {
    this.name = settings.name
    this.longContext = settings.longContext
    this.flex = settings.flex
    this.#estimate = settings.estimate
    this.#wall = settings.wall
    this.#notes = new DomainNotes(settings.name, settings.wall, settings.onNote)
    this.#head = new HeadOfLine(this.queue, (item) => this.#fitsInMs(item))
    this.quota = new DomainQuota({
      limits: settings.limits,
      estimate: settings.estimate,
      random: settings.random,
      now: settings.now,
      onLimit: (dimension, before) => this.#notes.limit(dimension, before),
    })
    this.#reactions = new RefusalReactions(this, this.#notes)
    if (this.quota.known) this.concurrency.release()
  }

  get inFlight(): number {
    return this.#inFlight
  }

  push(item: Item): void {
    this.queue.push(item)
    this.#queuedTokens += item.tokens
  }

  /** False when it does not wait here. */
  remove(item: Item): boolean {
    if (!this.queue.remove(item)) return false
    this.#left(item)
    return true
  }

  /**
   * What a request counts for between keys, in tokens: its share of the scarcer limit, for that is what one has and another
   * has not. Where no limit is known, the tokens it is likely to use.
   */
  workOf(size: RequestSize, tokens: number): Work {
    const rates = this.quota.rates()
    if (rates.tokens !== Infinity)
      return { amount: Math.max(tokens, rates.tokens / rates.requests), final: true }
    if (rates.requests !== Infinity) return { amount: A_REQUEST, final: true }
    if (this.discovery.engaged) return { amount: this.discovery.workOf(tokens), final: true }
    const output =
      Math.min(size.maxOutput ?? Infinity, this.statistics.averageOutput) * Math.max(1, size.choices)
    return { amount: size.bodyBytes / this.#estimate.rule.bytesPerToken + output, final: false }
  }

  /** Who may be sent now, or the milliseconds until somebody may (Infinity: not before something happens). */
  next(now: number, ramp: number): Item | number {
    if (this.queue.size === 0) return Infinity
    this.advance(now, ramp)
    this.#rateHeldBack = false
    const closed = this.#closedMs(now, ramp)
    if (closed > 0) return closed
    const next = this.#head.next(now)
    if (typeof next !== 'number') this.#usedUp.passed()
    else if (this.#usedUp.waits(next, this.quota.stocks(), now)) {
      this.#notes.usedUp(this.#usedUp.reason ?? '', next)
    }
    return next
  }

  /** Why nobody is sent, where that is more than waiting for one's turn; null otherwise. */
  held(now: number): { readonly forMs: number; readonly reason: string | null } | null {
    const pause = this.pause.leftMs(now)
    if (pause > 0) return { forMs: pause, reason: this.pause.reason }
    const probe = this.discovery.waitMs(now)
    if (probe > 0) return { forMs: probe, reason: 'the host refuses and does not tell its limits' }
    const forMs = this.queue.size === 0 ? 0 : this.#usedUp.leftMs(now)
    return forMs > 0 ? { forMs, reason: this.#usedUp.reason } : null
  }

  /** Whether a newcomer may be sent at once. Asked only while nobody waits. */
  fits(item: Item, now: number, ramp: number): boolean {
    this.advance(now, ramp)
    const isOpen = this.#closedMs(now, ramp) <= 0 && this.#fitsInMs(item) <= 0
    // Nobody waits: whoever comes next is asked anew.
    this.#rateHeldBack = false
    return isOpen
  }

  /** Takes an item out of its queue, or past it. */
  serve(item: Item, now: number): FairKey {
    if (!item.key) return this.queue.pass(item, now)
    const key = this.queue.serve(item, now)
    this.#left(item)
    return key
  }

  /** Books a request that is sent now. */
  take(item: Item, sequence: number, now: number): Charge {
    const tokens = this.#estimate.of(item.size)
    this.#latest = sequence
    this.#inFlight += 1
    this.discovery.dispatched(tokens, now)
    this.concurrency.dispatched(now)
    this.pause.sent(now)
    this.statistics.admitted(tokens)
    return this.quota.take(sequence, tokens, item.size, now)
  }

  /** The head of an answer, good (below 400) or not. */
  answered(charge: Charge, status: number, sample: RateLimitSample, now: number): void {
    const good = status < 400
    this.quota.observe(charge, sample, good, now)
    if (this.quota.told) this.concurrency.release()
    if (this.foreign.update(outflowOf(this.quota, this.#estimate.calibrated), now, this.#wall()))
      this.#notes.foreignUse(this.foreign)
    if (!good) return
    this.#notes.tellLimits()
    this.pause.passed(now, charge.sequence)
    this.discovery.accepted(charge.sequence, now)
    this.#notes.discovered(this.discovery.perMinute)
    this.concurrency.clean(this.#inFlight)
    if (this.concurrency.mode === 'free') this.#notes.overloaded(null)
  }

  /** A complete answer. */
  completed(charge: Charge, usage: Usage, now: number): void {
    this.statistics.completed(charge, usage, this.#estimate)
    this.concurrency.completed(now - charge.sentAt, usage.input, usage.output, this.#inFlight)
  }

  /** A refusal or fault. `sample`: its own headers. */
  refused(charge: Charge, failure: Failure, sample: RateLimitSample, now: number): void {
    this.statistics.wasted(failure.reason, charge)
    this.#reactions.refused({ charge, failure, sample, now, latest: this.#latest, inFlight: this.#inFlight })
  }

  /**
   * An attempt is over. `judged`: the upstream said anything at all. `arrived`: it may have been charged; otherwise it is
   * as if it had never been sent.
   */
  ended(charge: Charge, judged: boolean, arrived: boolean, now: number): void {
    this.#inFlight -= 1
    if (!judged) this.discovery.forgotten(charge.tokens, now)
    if (!arrived) this.quota.refund(charge)
    this.discovery.ended(charge.sequence, now)
    this.#notes.tellLimits()
  }

  handover(now: number, ramp: number): DomainHandover {
    this.advance(now, ramp)
    const { longContext, flex, quota, pause, concurrency } = this
    const allowed = concurrency.allowed(now)
    return {
      longContext,
      flex,
      limits: quota.handover(),
      pauseMs: pause.leftMs(now),
      reason: pause.reason,
      discovered: this.discovery.perMinute,
      concurrent: allowed === Infinity ? null : allowed,
    }
  }

  takeOver({ limits, pauseMs, reason, discovered, concurrent }: DomainHandover, now: number): void {
    this.quota.takeOver(limits)
    if (this.quota.told) this.concurrency.release()
    if (discovered !== null) this.discovery.takeOver(discovered, now)
    if (concurrent !== null) this.concurrency.takeOver(concurrent)
    if (pauseMs > 0) this.pause.extend(now, pauseMs, reason ?? 'the limits are used up')
  }

  /** What forecasts are made from. Of the moment of the last `advance`. */
  outlook(now: number): Outlook<Item> {
    const { queue } = this
    return {
      queue,
      queuedTokens: this.#queuedTokens,
      rates: this.#rates(),
      stocks: this.quota.stocks(),
      pauseMs: this.pause.leftMs(now),
    }
  }

  /** The limit this charge can never meet, if we are sure of the charge. */
  exceeded(size: RequestSize, tokens: number): Exceeded | null {
    return exceededLimit(this.quota.tightest, this.#estimate, size, tokens)
  }

  /** Brings levels and rates up to now. `ramp`: share of the usual rate while dispatch comes back after an outage. */
  advance(now: number, ramp: number): void {
    if (this.#rateHeldBack) this.discovery.wanted(now - this.#lookedAt)
    this.#lookedAt = now
    this.discovery.advance(now, ramp)
    this.quota.advance(now, ramp, this.governor.ceilings(now, this.quota.rates()))
  }

  /** Milliseconds in which nobody is sent, whatever the limits: a pause, a probe that is out, too many in flight. */
  #closedMs(now: number, ramp: number): number {
    const pause = this.pause.leftMs(now)
    if (pause > 0) return pause
    const probe = this.discovery.waitMs(now)
    if (probe > 0) return probe
    const allowed = this.concurrency.allowed(now)
    const most = ramp < 1 && allowed !== Infinity ? Math.max(1, allowed * ramp) : allowed
    return this.#inFlight < most ? 0 : this.concurrency.waitMs()
  }

  #fitsInMs(item: Item): number {
    const turn = this.discovery.turnInMs()
    if (turn > 0) this.#rateHeldBack = true
    return Math.max(turn, this.quota.waitMs(this.#estimate.of(item.size)))
  }

  #rates(): Ceilings {
    const { requests, tokens } = this.quota.effectiveRates()
    return { requests: Math.min(requests, this.discovery.ceiling), tokens }
  }

  #left(item: Item): void {
    if (this.queue.size === 0) this.#rateHeldBack = false
    this.#queuedTokens = this.queue.size === 0 ? 0 : this.#queuedTokens - item.tokens
  }
}
