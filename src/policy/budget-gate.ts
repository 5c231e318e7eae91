import type { Failure, Usage } from '../call/outcome.ts'
import type { Books, Reservation } from './budget/terms.ts'
import type { AdmissionSignal, Ask, Gate, GateHeaders, Lease, Served } from './gate.ts'
import type { PriceTable } from './price/price-table.ts'
import { priceOf } from './price/price.ts'
import { worstCase, type WorstCase } from './price/worst-case.ts'

export interface BudgetGateOptions {
  readonly budget: Pick<Books, 'capped' | 'admit'>
  /** What the call asks next, once it can be paid. */
  readonly next: Gate
  /** The model every request goes to. */
  readonly model: string
  readonly prices: PriceTable
  /** Epoch milliseconds. */
  readonly wall: () => number
  /** Bytes of a body per input token of the worst case; 1 where it has to hold for every text. */
  readonly bytesPerToken?: number
  /** Told the first time that a call has cost more than its worst case, in a sentence. */
  readonly onOverrun?: (message: string) => void
}

/** Money first: the worst case of an attempt is reserved before it may queue for the quota, and settled at the truth. */
export class BudgetGate implements Gate {
  readonly #options: BudgetGateOptions
  #overrunTold = false

  constructor(options: BudgetGateOptions) {
    this.#options = options
  }

  admit(ask: Ask, signal: AdmissionSignal): Lease | Failure | Promise<Lease | Failure> {
    const { budget, prices, model, wall } = this.#options
    if (!budget.capped) return this.#options.next.admit(ask, signal)
    const { maxOutput, choices, serviceTier, opaqueInput } = ask
    const bodyBytes = ask.bodyBytes + (ask.encodedBytes ?? 0)
    const { bytesPerToken } = this.#options
    const worst = worstCase(
      { model, serviceTier, bodyBytes, bytesPerToken, maxOutput, choices, opaqueInput, at: wall() },
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
      return reservation.then((paid) => (isReservation(paid) ? this.#goOn(paid, worst, ask, signal) : paid))
    }
    return isReservation(reservation) ? this.#goOn(reservation, worst, ask, signal) : reservation
  }

  takesBack(failure: Failure): boolean {
    return this.#options.next.takesBack(failure)
  }

  #goOn(
    reservation: Reservation,
    { microDollars }: WorstCase,
    ask: Ask,
    signal: AdmissionSignal,
  ): Lease | Failure | Promise<Lease | Failure> {
    const lease = this.#options.next.admit(ask, signal)
    if (lease instanceof Promise) return lease.then((answer) => this.#join(reservation, microDollars, answer))
    return this.#join(reservation, microDollars, lease)
  }

  #join(reservation: Reservation, reserved: number | null, answer: Lease | Failure): Lease | Failure {
    if ('settle' in answer) {
      const cost = (microDollars: number): void => this.#compare(reserved, microDollars)
      return new PaidLease(reservation, answer, this.#options, cost)
    }
    reservation.release()
    return answer
  }

  #compare(reserved: number | null, cost: number): void {
    if (this.#overrunTold || reserved === null || cost <= reserved) return
    this.#overrunTold = true
    const dollars = (microDollars: number): string => `$${(microDollars / 1_000_000).toFixed(6)}`
    const advice =
      (this.#options.bytesPerToken ?? 1) > 1
        ? 'lower budget.worst_case_bytes'
        : 'the price table or the tier of the project is another than believed'
    this.#options.onOverrun?.(
      `A call cost ${dollars(cost)} where ${dollars(reserved)} had been set aside as its worst case, so a cap may be overrun: ${advice}. (Said once.)`,
    )
  }
}

/** Two leases as one: the quota's is settled first, then the money's. */
class PaidLease implements Lease {
  readonly #reservation: Reservation
  readonly #quota: Lease
  readonly #options: BudgetGateOptions
  readonly #costs: (microDollars: number) => void

  constructor(
    reservation: Reservation,
    quota: Lease,
    options: BudgetGateOptions,
    costs: (microDollars: number) => void,
  ) {
    this.#reservation = reservation
    this.#quota = quota
    this.#options = options
    this.#costs = costs
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
    else {
      const microDollars = this.#price(used, served)
      this.#reservation.settle({ microDollars, output: used.output })
      if (microDollars !== null) this.#costs(microDollars)
    }
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
