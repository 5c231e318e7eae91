import type { Failure, Usage } from '../../call/outcome.ts'
import type { Clock } from '../../lib/clock.ts'
import { Heap } from '../../lib/heap.ts'
import type { Admission, AdmissionOptions, ChangeKind } from '../admission.ts'
import { AdmissionLease, type LeaseOwner } from './admission-lease.ts'
import { admissionSnapshot, type AdmissionSnapshot } from '../admission-snapshot.ts'
import type { Circuit } from './circuit.ts'
import { Circuits, circuitSentence } from './circuits.ts'
import type { RequestSize } from '../cost/charge-rule.ts'
import { ChargeEstimate } from '../cost/estimate.ts'
import { ConcurrencyCap } from '../domain/concurrency-cap.ts'
import { Domain } from '../domain/domain.ts'
import { predictedWaitMs } from '../domain/forecast.ts'
import type { AdmissionSignal, Ask, AskingServer, Lease } from '../gate.ts'
import type { Handover } from '../handover.ts'
import { callerLeft, deadlinePassed, hopelessWait, largerThanLimit, notSent } from '../refusals.ts'
import { deadlineOrder, Waiter } from './waiter.ts'

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
  /** The cap of the room's own server, and those of servers that it serves beside it. */
  readonly #cap: ConcurrencyCap
  readonly #otherCaps = new Map<string, ConcurrencyCap>()
  readonly #circuits: Circuits
  readonly #estimate = new ChargeEstimate()
  readonly #domains: Domain<Waiter>[] = []
  readonly #deadlines = new Heap<Waiter>(deadlineOrder)
  readonly #startedAt: number
  #inFlight = 0
  #waiting = 0
  #sequence = 0
  #order = 0
  #turn = 0
  #closed: Failure | null = null
  #dispatching = false
  #timerAt = Infinity
  #cancelTimer: (() => void) | null = null

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#cap = new ConcurrencyCap(options.maxConcurrent ?? Infinity)
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
    if (ask.deadline <= now) return deadlinePassed(now - ask.arrived, this.#waiting, this.#why(waiter, now))
    if (open) return this.#wait(waiter, signal)
    const ramp = this.#circuits.ramp()
    if (domain.queue.size === 0 && !waiter.cap.full && domain.fits(waiter, now, ramp)) {
      return this.#send(waiter, now, null)
    }
    const predicted = predictedWaitMs(domain.outlook(now), waiter)
    if (predicted !== null && predicted > FORECAST_DOUBT * (ask.deadline - now)) {
      return hopelessWait(predicted, ask.deadline - now, this.#waiting)
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
    this.#arm(Infinity)
  }

  snapshot(): AdmissionSnapshot {
    return admissionSnapshot({
      clock: this.#clock,
      startedAt: this.#startedAt,
      domains: this.#domains,
      estimate: this.#estimate,
      inFlight: this.#inFlight,
      cap: this.#cap.most,
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
      domains: this.#domains.map((domain) => domain.handover(now, ramp)),
    }
  }

  takeOver(told: Handover): void {
    const now = this.#clock.now()
    this.#estimate.takeOver(told.rule)
    for (const one of told.domains) this.#domain(one.longContext, one.flex, now).takeOver(one, now)
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
    const domain = this.#domain(
      input > (this.#options.longContextTokens ?? Infinity),
      ask.serviceTier === 'flex',
      now,
    )
    const tokens = this.#estimate.of(size)
    const work = domain.workOf(size, tokens)
    return new Waiter(ask, domain, size, tokens, work, this.#order++, this.#capOf(ask.server))
  }

  /** Alone, a full cap settles it without a look at anybody. */
  get #full(): boolean {
    return this.#cap.full && this.#otherCaps.size === 0
  }

  #capOf(server: AskingServer | undefined): ConcurrencyCap {
    if (!server || server.name === this.#options.server) return this.#cap
    let cap = this.#otherCaps.get(server.name)
    if (!cap) this.#otherCaps.set(server.name, (cap = new ConcurrencyCap(server.mostInFlight ?? Infinity)))
    return cap
  }

  #domain(longContext: boolean, flex: boolean, now: number): Domain<Waiter> {
    const known = this.#domains.find((domain) => domain.longContext === longContext && domain.flex === flex)
    if (known) return known
    const { group, limits, random } = this.#options
    const name = `${group ?? 'default'}${longContext ? ' (long context)' : ''}${flex ? ' (flex)' : ''}`
    const domain = new Domain<Waiter>({
      name,
      longContext,
      flex,
      limits: limits ?? {},
      estimate: this.#estimate,
      random,
      now,
      wall: () => this.#clock.wall(),
      onNote: (kind, message) => this.#options.onChange?.({ kind, state: null, domain: name, message }),
    })
    this.#domains.push(domain)
    return domain
  }

  #wait(waiter: Waiter, signal: AdmissionSignal): Promise<Lease | Failure> | Failure {
    if (signal.aborted) return callerLeft()
    const answer = new Promise<Lease | Failure>((resolve) => {
      waiter.resolve = resolve
    })
    waiter.signal = signal
    // Not assigned straight to the property: V8 takes such function literals for long-lived.
    const leave = (): void => {
      if (this.#remove(waiter)) waiter.answer(callerLeft())
    }
    signal.onAbort = leave
    waiter.domain.push(waiter)
    this.#waiting += 1
    if (waiter.deadline !== Infinity) this.#deadlines.push(waiter)
    this.#dispatch()
    return answer
  }

  /** False when it had been served already. */
  #remove(waiter: Waiter): boolean {
    if (!waiter.domain.remove(waiter)) return false
    this.#waiting -= 1
    this.#deadlines.remove(waiter)
    // Who stood behind it may fit where it did not.
    this.#dispatch()
    return true
  }

  /** Lets a call go: out of its queue, or past it. */
  #send(waiter: Waiter, now: number, probe: Circuit | null): AdmissionLease {
    const { domain } = waiter
    if (waiter.key) {
      this.#waiting -= 1
      this.#deadlines.remove(waiter)
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
    if (this.#dispatching || this.#waiting === 0) return
    this.#dispatching = true
    const now = this.#clock.now()
    this.#expire(now)
    const open = this.#circuits.open
    const wait = open ? this.#probe(open, now) : this.#serve(now)
    this.#dispatching = false
    this.#arm(Math.min(now + wait, this.#deadlines.peek()?.deadline ?? Infinity))
  }

  /** Milliseconds until the next look. */
  #serve(now: number): number {
    const ramp = this.#circuits.ramp()
    const domains = this.#domains
    let wait = this.#circuits.recovering ? RECOVERING_LOOK_MS : Infinity
    let stuck = 0
    while (stuck < domains.length && !this.#full) {
      // The domains take turns, because they share the cap.
      const domain = domains[this.#turn++ % domains.length] as Domain<Waiter>
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
    for (const domain of this.#domains) {
      for (const waiter of domain.queue.values()) {
        if (!oldest || waiter.arrived < oldest.arrived) oldest = waiter
      }
    }
    oldest?.answer(this.#send(oldest, now, open))
    return Infinity
  }

  #probeSucceeded(): void {
    this.#circuits.open?.probeSucceeded(this.#sequence - 1)
  }

  #expire(now: number): void {
    for (let next = this.#deadlines.peek(); next && next.deadline <= now; next = this.#deadlines.peek()) {
      this.#take(next, deadlinePassed(now - next.arrived, this.#waiting, this.#why(next, now)))
    }
  }

  /** Out of the room with a refusal. */
  #take(waiter: Waiter, failure: Failure): void {
    if (!waiter.domain.remove(waiter)) return
    this.#waiting -= 1
    this.#deadlines.remove(waiter)
    waiter.answer(failure)
  }

  #refuseAll(failure: Failure): void {
    for (const domain of this.#domains) {
      for (const waiter of Array.from(domain.queue.values())) this.#take(waiter, failure)
    }
  }

  #circuitChanged(kind: ChangeKind, circuit: Circuit): void {
    const message = circuitSentence(kind, circuit)
    this.#options.onChange?.({ kind, state: circuit.state, domain: null, message })
    // Nobody could have foreseen it.
    for (const { queue } of this.#domains) for (const waiter of queue.values()) waiter.foresee(null, 0)
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

  #arm(at: number): void {
    const now = this.#clock.now()
    if (this.#cancelTimer) {
      // One that fires earlier looks again then.
      if (this.#timerAt <= at && at !== Infinity) return
      this.#cancelTimer()
      this.#cancelTimer = null
    }
    this.#timerAt = at
    if (at === Infinity) return
    this.#cancelTimer = this.#clock.after(Math.max(0, Math.ceil(at - now)), () => {
      this.#cancelTimer = null
      this.#timerAt = Infinity
      this.#dispatch()
    })
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
