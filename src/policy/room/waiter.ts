import type { Failure } from '../../call/outcome.ts'
import type { RequestSize } from '../cost/charge-rule.ts'
import type { Domain, Sized, Work } from '../domain/domain.ts'
import type { ConcurrencyCap } from '../domain/concurrency-cap.ts'
import type { FairKey } from '../domain/band.ts'
import type { AdmissionSignal, Ask, Lease } from '../gate.ts'

/** A call that asks to be let in; in a queue, or on its way past it. */
export class Waiter implements Sized {
  readonly fairnessKey: string
  readonly continuation: boolean
  readonly returned: boolean
  readonly arrived: number
  readonly deadline: number
  readonly order: number
  readonly size: RequestSize
  readonly tokens: number
  readonly work: number
  readonly workFinal: boolean
  readonly domain: Domain<Waiter>
  readonly cap: ConcurrencyCap
  place = -1
  key: FairKey | null = null
  deadlinePlace = -1
  /** How long it was expected to wait from a moment on; null where nothing was foreseen. */
  predictedMs: number | null = null
  predictedAt = 0
  signal: AdmissionSignal | null = null
  resolve: ((answer: Lease | Failure) => void) | null = null

  constructor(
    ask: Ask,
    domain: Domain<Waiter>,
    size: RequestSize,
    tokens: number,
    work: Work,
    order: number,
    cap: ConcurrencyCap,
  ) {
    this.fairnessKey = ask.fairnessKey
    this.continuation = ask.continuation
    this.returned = ask.attempt > 0
    this.arrived = ask.arrived
    this.deadline = ask.deadline
    this.order = order
    this.size = size
    this.tokens = tokens
    this.work = work.amount
    this.workFinal = work.final
    this.domain = domain
    this.cap = cap
  }

  foresee(waitMs: number | null, now: number): void {
    this.predictedMs = waitMs
    this.predictedAt = now
  }

  answer(answer: Lease | Failure): void {
    if (this.signal) this.signal.onAbort = null
    this.signal = null
    this.resolve?.(answer)
    this.resolve = null
  }
}

export const deadlineOrder = {
  before: (a: Waiter, b: Waiter): boolean => a.deadline < b.deadline,
  place: (waiter: Waiter): number => waiter.deadlinePlace,
  setPlace(waiter: Waiter, place: number): void {
    waiter.deadlinePlace = place
  },
}
