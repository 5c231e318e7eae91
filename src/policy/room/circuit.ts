import type { Failure } from '../../call/outcome.ts'
import type { Clock } from '../../lib/clock.ts'

export type CircuitState = 'closed' | 'open' | 'half_open'

export interface CircuitSettings {
  readonly clock: Clock
  readonly random: () => number
  /** `park` holds callers until a probe succeeds; `fail` refuses them with the upstream's own words. */
  readonly policy: 'park' | 'fail'
  readonly firstProbeMs: number
  readonly longestProbeMs: number
  /** How long each step of the way back lasts; the rate doubles from one to the next. */
  readonly rampStepMs: number
  /** Called after every change of state. */
  readonly onChange: (circuit: Circuit) => void
}

/** Share of the usual rate right after an outage, doubling with every step until it is whole. */
const RAMP_FIRST = 0.1
const BACKOFF = 2

/**
 * Stops dispatch when every further request is known to fail: an empty account, a rejected key.
 *
 * One real request at a time finds out whether it is over; OpenAI does not bill a refused one. After a success dispatch
 * comes back step by step, because a budget raised by little is empty again at once.
 */
export class Circuit {
  readonly policy: 'park' | 'fail'
  readonly #settings: CircuitSettings
  #state: CircuitState = 'closed'
  #failure: Failure | null = null
  #openedAt = 0
  #openedWall = 0
  #closedSequence = -1
  #probeMs: number
  #nextProbe = 0
  #probing = false
  #rampFrom = 0
  #probes = 0
  #wasted = 0

  constructor(settings: CircuitSettings) {
    this.#settings = settings
    this.policy = settings.policy
    this.#probeMs = settings.firstProbeMs
  }

  get state(): CircuitState {
    return this.#state
  }

  /** The refusal that opened it; null once it is closed. */
  get failure(): Failure | null {
    return this.#failure
  }

  /** Wall-clock ms of the first refusal. */
  get since(): number {
    return this.#openedWall
  }

  get openForMs(): number {
    return this.#settings.clock.now() - this.#openedAt
  }

  /** Probes sent since it opened, and calls it has cost in all. */
  get probes(): number {
    return this.#probes
  }

  get wasted(): number {
    return this.#wasted
  }

  /** Milliseconds until the next probe may go; Infinity while one is out, 0 when it is due. */
  probeInMs(): number {
    if (this.#state !== 'open' || this.#probing) return Infinity
    return Math.max(0, this.#nextProbe - this.#settings.clock.now())
  }

  /** Share of the usual rate: 0 while open, 0.1 to 1 while coming back, else 1. */
  ramp(): number {
    if (this.#state === 'closed') return 1
    if (this.#state === 'open') return 0
    const steps = Math.floor((this.#settings.clock.now() - this.#rampFrom) / this.#settings.rampStepMs)
    const ramp = RAMP_FIRST * 2 ** steps
    if (ramp < 1) return ramp
    this.#change('closed')
    this.#failure = null
    this.#probeMs = this.#settings.firstProbeMs
    return 1
  }

  /** A request was refused for this circuit's reason. Requests sent before the last recovery prove nothing. */
  trip(failure: Failure, sequence: number, probe: boolean): void {
    this.#wasted += 1
    if (this.#state === 'open') {
      if (probe) this.#backOff()
      this.#failure = failure
      return
    }
    if (sequence <= this.#closedSequence) return
    const again = this.#state === 'half_open'
    this.#failure = failure
    this.#probing = false
    if (again) {
      this.#backOff()
    } else {
      this.#openedAt = this.#settings.clock.now()
      this.#openedWall = this.#settings.clock.wall()
      this.#probes = 0
      this.#schedule()
    }
    this.#change('open')
  }

  probeSent(): void {
    this.#probing = true
    this.#probes += 1
  }

  /** `latestSequence`: of the last request sent so far. */
  probeSucceeded(latestSequence: number): void {
    this.#probing = false
    if (this.#state !== 'open') return
    this.#closedSequence = latestSequence
    this.#rampFrom = this.#settings.clock.now()
    this.#change('half_open')
  }

  /** The probe ended without an answer to its question (its caller left, a fault): ask again, no later than before. */
  probeInconclusive(soon: boolean): void {
    if (!this.#probing) return
    this.#probing = false
    if (this.#state !== 'open') return
    if (soon) this.#nextProbe = this.#settings.clock.now()
    else this.#schedule()
  }

  /** Somebody says it is over: probe now. */
  resume(): void {
    if (this.#state !== 'open') return
    this.#probeMs = this.#settings.firstProbeMs
    this.#nextProbe = this.#settings.clock.now()
  }

  #backOff(): void {
    this.#probing = false
    this.#probeMs = Math.min(this.#settings.longestProbeMs, this.#probeMs * BACKOFF)
    this.#schedule()
  }

  /** Up to a tenth later, so that several servers do not probe together. */
  #schedule(): void {
    const jitter = 1 + 0.1 * this.#settings.random()
    this.#nextProbe = this.#settings.clock.now() + this.#probeMs * jitter
  }

  #change(state: CircuitState): void {
    this.#state = state
    this.#settings.onChange(this)
  }
}
