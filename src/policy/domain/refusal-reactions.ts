import type { Failure } from '../../call/outcome.ts'
import type { Charge, DomainQuota } from '../quota/domain-quota.ts'
import type { RateDiscovery } from '../quota/rate-discovery.ts'
import type { RateLimitSample } from '../quota/rate-limit-headers.ts'
import { readRateLimitMessage } from '../quota/rate-limit-message.ts'
import type { SlowDownGovernor } from '../quota/slow-down-governor.ts'
import type { AdaptiveConcurrency } from './adaptive-concurrency.ts'
import type { DispatchPause } from './dispatch-pause.ts'
import type { DomainNotes } from './domain-notes.ts'

/** A limit that is used up for longer than this is worth a line in the log. */
export const LONG_PAUSE_MS = 10 * 60_000
/** Refusals in a row that are tolerated before dispatch pauses. */
export const TOLERATED = 5

/** What holds a domain back, each in its own way. */
interface Brakes {
  readonly quota: DomainQuota
  readonly discovery: RateDiscovery
  readonly concurrency: AdaptiveConcurrency
  readonly governor: SlowDownGovernor
  readonly pause: DispatchPause
}

/** A refusal or fault of one request. */
export interface Refused {
  readonly charge: Charge
  readonly failure: Failure
  /** Its own headers. */
  readonly sample: RateLimitSample
  readonly now: number
  /** Sequence of the last request sent so far. */
  readonly latest: number
  readonly inFlight: number
}

/** What follows from each kind of refusal; the table of docs/pacing.md. */
export class RefusalReactions {
  readonly #brakes: Brakes
  readonly #notes: DomainNotes
  #slowSequence = -1

  constructor(brakes: Brakes, notes: DomainNotes) {
    this.#brakes = brakes
    this.#notes = notes
  }

  refused(refused: Refused): void {
    const { charge, failure, now, latest, inFlight } = refused
    const { concurrency, discovery } = this.#brakes
    switch (failure.reason) {
      case 'rate_limit':
      case 'rate_limit_requests':
      case 'rate_limit_tokens':
      case 'rate_limit_daily':
      case 'request_larger_than_limit':
        return this.#rateLimited(refused)
      case 'slow_down':
        return this.#slowDown(refused)
      case 'flex_unavailable':
        return this.#short(refused, 'there is no capacity for flex requests')
      case 'overloaded':
        return this.#overloaded(refused)
      case 'timeout':
        // Where nothing tells how much is too much, that does.
        if (concurrency.mode === 'exploring') concurrency.overloaded(charge.sequence, latest, inFlight)
        return
      default:
        // Whatever it was, the rate was not refused.
        if (failure.upstreamStatus !== null) discovery.accepted(charge.sequence, now)
    }
  }

  #rateLimited({ charge, failure, sample, now, latest }: Refused): void {
    const { quota, concurrency, discovery } = this.#brakes
    const { retryAfterMs, reason } = failure
    const figures = readRateLimitMessage(failure.upstreamMessage)
    const verdict = quota.refused(charge, latest, { sample, figures, retryAfterMs, reason })
    this.#notes.tellLimits()
    if (reason === 'request_larger_than_limit') return
    if (quota.told) concurrency.release()
    if (reason === 'rate_limit_daily') {
      const known = verdict.cause !== 'unknown' || retryAfterMs !== null
      return this.#pause(now, known ? verdict.pauseMs : LONG_PAUSE_MS, 'the daily limit is used up')
    }
    if (verdict.cause !== 'unknown') return this.#pause(now, verdict.pauseMs, 'the limits are used up')
    const isFirst = !discovery.engaged
    discovery.refused(charge.sequence, latest, charge.tokens, now, retryAfterMs)
    if (isFirst) this.#notes.refusedUntold()
  }

  #slowDown({ charge, failure, now, latest }: Refused): void {
    const { quota, governor, pause } = this.#brakes
    const reason = 'the upstream asked to slow down'
    pause.failed(now, charge.sequence, latest, 0, reason)
    this.#pause(now, failure.retryAfterMs ?? 0, reason)
    if (charge.sequence <= this.#slowSequence) return
    this.#slowSequence = latest
    governor.slowDown(now, quota.sent(now))
    quota.slowDown(now)
    this.#notes.slowDown(governor.ceilings(now, quota.rates()).tokens)
  }

  #overloaded(refused: Refused): void {
    const { concurrency } = this.#brakes
    this.#short(refused, 'the upstream is overloaded')
    if (!concurrency.overloaded(refused.charge.sequence, refused.latest, refused.inFlight)) return
    this.#notes.overloaded(concurrency.allowed(refused.now))
  }

  /** Short of capacity: nothing to do with limits, and maybe over with the next request. */
  #short({ charge, failure, now, latest }: Refused, reason: string): void {
    this.#brakes.pause.failed(now, charge.sequence, latest, TOLERATED, reason)
    if (failure.retryAfterMs !== null) this.#pause(now, failure.retryAfterMs, reason)
  }

  #pause(now: number, ms: number, reason: string): void {
    if (this.#brakes.pause.extend(now, ms, reason) && ms >= LONG_PAUSE_MS) this.#notes.paused(ms, reason)
  }
}
