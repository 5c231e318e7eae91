import type { Failure, Usage } from '../../call/outcome.ts'
import type { ConcurrencyCap } from '../domain/concurrency-cap.ts'
import type { Domain } from '../domain/domain.ts'
import type { FairKey } from '../domain/band.ts'
import type { GateHeaders, Lease } from '../gate.ts'
import type { Charge } from '../quota/domain-quota.ts'
import { noSample, readRateLimitHeaders, type RateLimitSample } from '../quota/rate-limit-headers.ts'
import type { Waiter } from './waiter.ts'

/** What a lease reports to the waiting room that granted it. */
export interface LeaseOwner {
  answered(lease: AdmissionLease, status: number): void
  refused(lease: AdmissionLease, failure: Failure): void
  settled(lease: AdmissionLease, used: Usage | null | 'estimate'): void
}

/** One attempt under way. Everything after the first `settle` is ignored, so that no path can give back twice. */
export class AdmissionLease implements Lease {
  readonly #owner: LeaseOwner
  readonly domain: Domain<Waiter>
  readonly charge: Charge
  readonly key: FairKey
  /** Work booked for fairness, in tokens. */
  readonly work: number
  readonly workFinal: boolean
  /** Sent to find out whether a circuit may close. */
  readonly probe: boolean
  readonly cap: ConcurrencyCap
  /** Let go by another room: its headers tell of a time that this room knows nothing of, and it was charged there. */
  adopted = false
  sample: RateLimitSample = noSample
  /** Status of the answer's head; null before it came. */
  status: number | null = null
  failure: Failure | null = null
  settled = false

  constructor(
    owner: LeaseOwner,
    domain: Domain<Waiter>,
    charge: Charge,
    key: FairKey,
    waiter: Waiter,
    probe: boolean,
  ) {
    this.#owner = owner
    this.domain = domain
    this.charge = charge
    this.key = key
    this.work = waiter.work
    this.workFinal = waiter.workFinal
    this.probe = probe
    this.cap = waiter.cap
  }

  learn(status: number, headers: GateHeaders): void {
    if (this.settled || this.status !== null) return
    this.status = status
    if (!this.adopted) this.sample = readRateLimitHeaders(headers)
    this.#owner.answered(this, status)
  }

  rejected(failure: Failure): void {
    if (this.settled || this.failure) return
    this.failure = failure
    this.#owner.refused(this, failure)
  }

  settle(used: Usage | null | 'estimate'): void {
    if (this.settled) return
    this.settled = true
    this.#owner.settled(this, used)
  }
}
