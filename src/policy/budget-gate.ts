import type { Failure, Usage } from '../call/outcome.ts'
import type { Budget, Reservation } from './budget.ts'
import type { AdmissionSignal, Ask, Gate, GateHeaders, Lease, Served } from './gate.ts'
import type { PriceTable } from './price-table.ts'
import { priceOf } from './price.ts'
import { worstCase } from './worst-case.ts'

export interface BudgetGateOptions {
  readonly budget: Budget
  /** What the call asks next, once it can be paid. */
  readonly next: Gate
  /** The model every request goes to. */
  readonly model: string
  readonly prices: PriceTable
  /** Epoch milliseconds. */
  readonly wall: () => number
}

/** Money first: the worst case of an attempt is reserved before it may queue for the quota, and settled at the truth. */
export class BudgetGate implements Gate {
  readonly #options: BudgetGateOptions

  constructor(options: BudgetGateOptions) {
    this.#options = options
  }

  admit(ask: Ask, signal: AdmissionSignal): Lease | Failure | Promise<Lease | Failure> {
    const { budget, prices, model, wall } = this.#options
    if (!budget.capped) return this.#options.next.admit(ask, signal)
    const { bodyBytes, maxOutput, choices, serviceTier, opaqueInput } = ask
    const worst = worstCase(
      { model, serviceTier, bodyBytes, maxOutput, choices, opaqueInput, at: wall() },
      prices,
    )
    const reservation = budget.admit(
      {
        rollout: ask.rollout,
        microDollars: worst.microDollars,
        output: worst.output,
        calls: ask.attempt === 0 ? 1 : 0,
        continuation: ask.continuation,
      },
      signal,
    )
    if (reservation instanceof Promise) {
      return reservation.then((paid) => (isReservation(paid) ? this.#goOn(paid, ask, signal) : paid))
    }
    return isReservation(reservation) ? this.#goOn(reservation, ask, signal) : reservation
  }

  takesBack(failure: Failure): boolean {
    return this.#options.next.takesBack(failure)
  }

  #goOn(
    reservation: Reservation,
    ask: Ask,
    signal: AdmissionSignal,
  ): Lease | Failure | Promise<Lease | Failure> {
    const lease = this.#options.next.admit(ask, signal)
    if (lease instanceof Promise) return lease.then((answer) => this.#join(reservation, answer))
    return this.#join(reservation, lease)
  }

  #join(reservation: Reservation, answer: Lease | Failure): Lease | Failure {
    if ('settle' in answer) return new PaidLease(reservation, answer, this.#options)
    reservation.release()
    return answer
  }
}

/** Two leases as one: the quota's is settled first, then the money's. */
class PaidLease implements Lease {
  readonly #reservation: Reservation
  readonly #quota: Lease
  readonly #options: BudgetGateOptions

  constructor(reservation: Reservation, quota: Lease, options: BudgetGateOptions) {
    this.#reservation = reservation
    this.#quota = quota
    this.#options = options
  }

  learn(status: number, headers: GateHeaders): void {
    this.#quota.learn(status, headers)
  }

  rejected(failure: Failure): void {
    this.#quota.rejected(failure)
  }

  settle(used: Usage | null | 'estimate', served?: Served): void {
    this.#quota.settle(used, served)
    if (used === null) this.#reservation.release()
    else if (used === 'estimate') this.#reservation.settle({ microDollars: null, output: null })
    else this.#reservation.settle({ microDollars: this.#price(used, served), output: used.output })
  }

  #price(usage: Usage, served: Served | undefined): number | null {
    const { model, prices, wall } = this.#options
    const query = {
      model: served?.model ?? model,
      serviceTier: served?.serviceTier ?? null,
      usage,
      at: wall(),
    }
    const price = priceOf(query, prices)
    return 'unknown' in price ? null : price.microDollars
  }
}

function isReservation(answer: Reservation | Failure): answer is Reservation {
  return 'release' in answer
}
