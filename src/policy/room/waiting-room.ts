import type { Failure, Usage } from '../../call/outcome.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Admission } from '../admission.ts'
import type { AdmissionOptions, ChangeKind } from '../admission-options.ts'
import { AdmissionLease, type LeaseOwner } from './admission-lease.ts'
import { Alarm } from './alarm.ts'
import { ConcurrencyCaps } from './concurrency-caps.ts'
import { Domains } from './domains.ts'
import type { AdmissionSnapshot } from '../admission-snapshot.ts'
import type { Circuit } from './circuit.ts'
import { Circuits, circuitSentence } from './circuits.ts'
import type { RequestSize } from '../cost/charge-rule.ts'
import { ChargeEstimate } from '../cost/estimate.ts'
import { predictedWaitMs } from '../domain/forecast.ts'
import type { AdmissionSignal, Ask, Lease } from '../gate.ts'
import type { Handover } from '../handover.ts'
import { callerLeft, deadlinePassed, hopelessWait, largerThanLimit, notSent } from '../refusals.ts'
import { takeSnapshot } from './take-snapshot.ts'
import { Waiter } from './waiter.ts'
import { WaitingList } from './waiting-list.ts'

/** An error inside a stream comes right behind its head; a probe that lives so long has been let in. */
const PROBATION_MS = 3000
/** A forecast may be wrong by this much before a call is refused for it. */
const FORECAST_DOUBT = 1.5
/** While dispatch comes back after an outage its rate changes with time alone. */
const RECOVERING_LOOK_MS = 1000

/**
 * The one waiting room in front of an upstream. The next waiter is checked against everything at once (circuits, the
 * concurrency cap, what its domain has open, all of its limits), so that nobody holds one permission while waiting for
 * another. One timer in all: set to the moment at which the next waiter fits.
 */
export class WaitingRoom implements Admission, LeaseOwner {
  readonly #options: AdmissionOptions
  readonly #clock: Clock
  readonly #caps: ConcurrencyCaps
  readonly #circuits: Circuits
  readonly #estimate = new ChargeEstimate()
  readonly #domains: Domains
  readonly #list = new WaitingList()
  readonly #alarm: Alarm
  readonly #startedAt: number
  #inFlight = 0
  #sequence = 0
  #order = 0
  #closed: Failure | null = null
  #dispatching = false

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#caps = new ConcurrencyCaps(options.server, options.maxConcurrent)
    this.#domains = new Domains(options, this.#estimate)
    this.#alarm = new Alarm(options.clock, () => this.#dispatch())
    this.#startedAt = options.clock.now()
    this.#circuits = new Circuits(options, (kind, circuit) => this.#circuitChanged(kind, circuit))
  }

  admit(ask: Ask, signal: AdmissionSignal): Lease | Failure | Promise<Lease | Failure> {
    if (this.#closed) return this.#closed
    const now = this.#clock.now()
    const waiter = this.#waiter(ask, now)
    const { domain } = waiter
    const exceeded = domain.exceeded(waiter.size, waiter.tokens)
    if (exceeded) return largerThanLimit(waiter.tokens, exceeded)
    const open = this.#circuits.open
    if (open?.policy === 'fail') {
      return open.probeInMs() > 0 ? notSent(open.failure as Failure) : this.#send(waiter, now, open)
    }
    if (ask.deadline <= now)
      return deadlinePassed(now - ask.arrived, this.#list.count, this.#why(waiter, now), waiter.returned)
    if (open) return this.#wait(waiter, signal)
    const ramp = this.#circuits.ramp()
    if (domain.queue.size === 0 && !waiter.cap.full && domain.fits(waiter, now, ramp)) {
      return this.#send(waiter, now, null)
    }
    const predicted = predictedWaitMs(domain.outlook(now), waiter)
    if (predicted !== null && predicted > FORECAST_DOUBT * (ask.deadline - now)) {
      return hopelessWait(predicted, ask.deadline - now, this.#list.count, waiter.returned)
    }
    waiter.foresee(predicted, now)
    return this.#wait(waiter, signal)
  }

  takesBack(failure: Failure): boolean {
    return failure.retry === 'paced' || this.#circuits.of(failure)?.policy === 'park'
  }

  resume(): boolean {
    const { open } = this.#circuits
    if (!open) return false
    open.resume()
    this.#dispatch()
    return true
  }

  close(failure: Failure): void {
    this.#closed = failure
    this.#refuseAll(failure)
    this.#alarm.set(Infinity)
  }

  snapshot(): AdmissionSnapshot {
    return takeSnapshot({
      clock: this.#clock,
      startedAt: this.#startedAt,
      domains: this.#domains.all,
      estimate: this.#estimate,
      inFlight: this.#inFlight,
      cap: this.#caps.own.most,
      circuits: this.#circuits,
    })
  }

  adopt(ask: Ask): Lease {
    const now = this.#clock.now()
    const lease = this.#send(this.#waiter(ask, now), now, null)
    lease.adopted = true
    lease.domain.quota.refund(lease.charge)
    return lease
  }

  handover(): Handover {
    const now = this.#clock.now()
    const ramp = this.#circuits.ramp()
    return {
      rule: this.#estimate.rule,
      quota: this.#circuits.quota.failure,
      key: this.#circuits.key.failure,
      domains: this.#domains.all.map((domain) => domain.handover(now, ramp)),
    }
  }

  takeOver(told: Handover): void {
    const now = this.#clock.now()
    this.#estimate.takeOver(told.rule)
    for (const one of told.domains) this.#domains.of(one, now).takeOver(one, now)
    if (told.quota) this.#circuits.quota.trip(told.quota, this.#sequence, false)
    if (told.key) this.#circuits.key.trip(told.key, this.#sequence, false)
    this.#dispatch()
  }

  answered(lease: AdmissionLease, status: number): void {
    lease.domain.answered(lease.charge, status, lease.sample, this.#clock.now())
    if (lease.probe && status < 400) {
      this.#clock.after(PROBATION_MS, () => {
        if (!lease.settled && !lease.failure) this.#probeSucceeded()
      })
    }
    this.#dispatch()
  }

  refused(lease: AdmissionLease, failure: Failure): void {
    lease.domain.refused(lease.charge, failure, lease.sample, this.#clock.now())
    const circuit = this.#circuits.of(failure)
    if (circuit) circuit.trip(failure, lease.charge.sequence, lease.probe)
    else if (lease.probe) this.#circuits.open?.probeInconclusive(false)
  }

  settled(lease: AdmissionLease, used: Usage | null | 'estimate'): void {
    const now = this.#clock.now()
    const { domain, charge } = lease
    this.#inFlight -= 1
    lease.cap.inFlight -= 1
    const judged = used !== null || lease.status !== null || lease.failure?.upstreamStatus != null
    domain.ended(charge, judged, judged || lease.adopted || !neverArrived(lease), now)
    let difference = 0
    if (used === null) difference = -lease.work
    else if (used !== 'estimate') {
      if (!lease.workFinal) difference = used.input + used.output - lease.work
      // An upstream that has no heads to show (a replay) has answered all the same.
      if (lease.status === null) domain.answered(charge, 200, lease.sample, now)
      domain.completed(charge, used, now)
    }
    domain.queue.settle(lease.key, difference)
    if (lease.probe && !lease.failure) {
      const letIn = used !== null && (used !== 'estimate' || (lease.status ?? 500) < 400)
      if (letIn) this.#probeSucceeded()
      else this.#circuits.open?.probeInconclusive(true)
    }
    this.#dispatch()
  }

  #waiter(ask: Ask, now: number): Waiter {
    const { bodyBytes, maxOutput, choices } = ask
    const size: RequestSize = { bodyBytes, maxOutput, choices }
    const input = bodyBytes / this.#estimate.rule.bytesPerToken
    const longContext = input > (this.#options.longContextTokens ?? Infinity)
    const domain = this.#domains.of({ longContext, flex: ask.serviceTier === 'flex' }, now)
    const tokens = this.#estimate.of(size)
    const work = domain.workOf(size, tokens)
    return new Waiter(ask, domain, size, tokens, work, this.#order++, this.#caps.of(ask.server))
  }

  #wait(waiter: Waiter, signal: AdmissionSignal): Promise<Lease | Failure> | Failure {
    if (signal.aborted) return callerLeft()
    const answer = new Promise<Lease | Failure>((resolve) => {
      waiter.resolve = resolve
    })
    waiter.signal = signal
    // Not assigned straight to the property: V8 takes such function literals for long-lived.
    const leave = (): void => {
      if (!this.#list.remove(waiter)) return
      // Who stood behind it may fit where it did not.
      this.#dispatch()
      waiter.answer(callerLeft())
    }
    signal.onAbort = leave
    this.#list.add(waiter)
    this.#dispatch()
    return answer
  }

  /** Lets a call go: out of its queue, or past it. */
  #send(waiter: Waiter, now: number, probe: Circuit | null): AdmissionLease {
    const { domain } = waiter
    if (waiter.key) {
      this.#list.served(waiter)
      if (waiter.predictedMs !== null) domain.forecasts.seen(waiter.predictedMs, now - waiter.predictedAt)
    }
    this.#inFlight += 1
    waiter.cap.inFlight += 1
    probe?.probeSent()
    const key = domain.serve(waiter, now)
    const charge = domain.take(waiter, this.#sequence++, now)
    return new AdmissionLease(this, domain, charge, key, waiter, probe !== null)
  }

  /** Sends whatever may be sent now and sets the timer for the next. */
  #dispatch(): void {
    if (this.#dispatching || this.#list.count === 0) return
    this.#dispatching = true
    const now = this.#clock.now()
    this.#expire(now)
    const open = this.#circuits.open
    const wait = open ? this.#probe(open, now) : this.#serve(now)
    this.#dispatching = false
    this.#alarm.set(Math.min(now + wait, this.#list.nextDeadline))
  }

  /** Milliseconds until the next look. */
  #serve(now: number): number {
    const ramp = this.#circuits.ramp()
    const { all: domains } = this.#domains
    let wait = this.#circuits.recovering ? RECOVERING_LOOK_MS : Infinity
    let stuck = 0
    while (stuck < domains.length && !this.#caps.full) {
      const domain = this.#domains.inTurn()
      const next = domain.next(now, ramp)
      if (typeof next === 'number') {
        stuck += 1
        wait = Math.min(wait, next)
        continue
      }
      stuck = 0
      const exceeded = domain.exceeded(next.size, next.tokens)
      if (exceeded) {
        this.#take(next, largerThanLimit(next.tokens, exceeded))
        continue
      }
      next.answer(this.#send(next, now, null))
    }
    return wait
  }

  /** The oldest parked call finds out whether the circuit may close. Milliseconds until the next look. */
  #probe(open: Circuit, now: number): number {
    if (open.probeInMs() > 0) return open.probeInMs()
    let oldest: Waiter | null = null
    for (const waiter of this.#domains.waiters()) {
      if (!oldest || waiter.arrived < oldest.arrived) oldest = waiter
    }
    oldest?.answer(this.#send(oldest, now, open))
    return Infinity
  }

  #probeSucceeded(): void {
    this.#circuits.open?.probeSucceeded(this.#sequence - 1)
  }

  #expire(now: number): void {
    for (let next = this.#list.overdue(now); next; next = this.#list.overdue(now)) {
      this.#take(
        next,
        deadlinePassed(now - next.arrived, this.#list.count, this.#why(next, now), next.returned),
      )
    }
  }

  /** Out of the room with a refusal. */
  #take(waiter: Waiter, failure: Failure): void {
    if (this.#list.remove(waiter)) waiter.answer(failure)
  }

  #refuseAll(failure: Failure): void {
    for (const waiter of Array.from(this.#domains.waiters())) this.#take(waiter, failure)
  }

  #circuitChanged(kind: ChangeKind, circuit: Circuit): void {
    const message = circuitSentence(kind, circuit)
    this.#options.onChange?.({ kind, state: circuit.state, domain: null, message })
    // Nobody could have foreseen it.
    for (const waiter of this.#domains.waiters()) waiter.foresee(null, 0)
    if (circuit.state === 'open' && circuit.policy === 'fail')
      this.#refuseAll(notSent(circuit.failure as Failure))
    this.#dispatch()
  }

  #why({ domain, cap }: Waiter, now: number): string {
    const { open } = this.#circuits
    if (open) return open === this.#circuits.key ? 'the key is rejected' : 'the account is out of quota'
    if (cap.full) return 'max_concurrent_requests is reached'
    return domain.held(now)?.reason ?? 'the limits are used up'
  }
}

/** Nobody can have charged for it. */
function neverArrived(lease: AdmissionLease): boolean {
  switch (lease.failure?.reason) {
    case undefined:
    case 'network_name':
    case 'network_refused':
    case 'network_tls':
      return true
    default:
      return false
  }
}
