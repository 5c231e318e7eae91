import type { Call } from '../call/call.ts'
import { callRow, type RowContext } from './call-row.ts'
import type { Ledger } from './ledger.ts'
import type { Observer } from './observer.ts'

export interface MoneySnapshot {
  readonly spent_usd: number
  /** Spent by attempts that failed, as far as they may have been billed. */
  readonly failed_usd: number
  readonly saved_by_cache_usd: number
  readonly saved_by_tier_usd: number
  readonly per_hour_usd: number
  readonly unknown_price_calls: number
  readonly estimated_calls: number
}

const DOLLAR = 1_000_000
const HOUR_MS = 3_600_000

/** Writes every settled call into the ledger before its answer's last byte leaves, and keeps this process's sums. */
export class Bookkeeper implements Observer {
  readonly name = 'ledger'
  readonly #ledger: Ledger
  readonly #context: RowContext
  readonly #startedAt: number
  #spent = 0
  #failed = 0
  #savedByCache = 0
  #savedByTier = 0
  #unknown = 0
  #estimated = 0

  constructor(ledger: Ledger, context: RowContext) {
    this.#ledger = ledger
    this.#context = context
    this.#startedAt = context.wall()
  }

  settled(call: Call): undefined {
    // Reading or deleting a stored response costs nothing and is no call to a model.
    if (!call.arrival.operation.spends) return
    const row = callRow(call, this.#context)
    this.#ledger.settled(row)
    this.#spent += row.microDollars ?? 0
    this.#failed += row.failedMicroDollars
    this.#savedByCache += row.savedByCache ?? 0
    this.#savedByTier += row.savedByTier ?? 0
    if (row.microDollars === null && row.attempts > 0) this.#unknown += 1
    if (row.usage === 'estimated') this.#estimated += 1
  }

  snapshot(): MoneySnapshot {
    const hours = Math.max(1 / 60, (this.#context.wall() - this.#startedAt) / HOUR_MS)
    return {
      spent_usd: this.#spent / DOLLAR,
      failed_usd: this.#failed / DOLLAR,
      saved_by_cache_usd: this.#savedByCache / DOLLAR,
      saved_by_tier_usd: this.#savedByTier / DOLLAR,
      per_hour_usd: this.#spent / DOLLAR / hours,
      unknown_price_calls: this.#unknown,
      estimated_calls: this.#estimated,
    }
  }

  close(): Promise<void> {
    return this.#ledger.close()
  }
}
