import type { Ending } from '../plugs.ts'

/** One request on the bill. */
export interface BillRow {
  readonly id: string
  /** Epoch milliseconds of its end. */
  readonly at: number
  readonly organization: string
  readonly project: string
  readonly apiKeyId: string
  readonly endpoint: 'responses' | 'chat'
  /** The model that served, a dated snapshot where there is one. */
  readonly model: string
  readonly serviceTier: string
  readonly ending: Ending
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly written30mTokens: number
  readonly written12hTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** Null where the list has no price. */
  readonly microDollars: number | null
}

/** Sums over a bill. */
export interface BillTotals {
  readonly requests: number
  /** Requests whose price is not known; they are in the counts of tokens, not in the sum. */
  readonly unpriced: number
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly writtenTokens: number
  readonly outputTokens: number
  readonly microDollars: number
}

const nothing: BillTotals = {
  requests: 0,
  unpriced: 0,
  inputTokens: 0,
  cachedTokens: 0,
  writtenTokens: 0,
  outputTokens: 0,
  microDollars: 0,
}

/** Rows kept one by one; older ones stay in the totals only. */
const mostRows = 500_000

/** Every request that was let in and is over. Requests that failed are not charged and not on it. */
export class Bill {
  #rows: BillRow[] = []
  #totals = nothing

  add(row: BillRow): void {
    this.#totals = plus(this.#totals, row)
    this.#rows.push(row)
    if (this.#rows.length > mostRows) this.#rows = this.#rows.slice(mostRows / 10)
  }

  get rows(): readonly BillRow[] {
    return this.#rows
  }

  get totals(): BillTotals {
    return this.#totals
  }

  clear(): void {
    this.#rows = []
    this.#totals = nothing
  }
}

function plus(totals: BillTotals, row: BillRow): BillTotals {
  return {
    requests: totals.requests + 1,
    unpriced: totals.unpriced + (row.microDollars === null ? 1 : 0),
    inputTokens: totals.inputTokens + row.inputTokens,
    cachedTokens: totals.cachedTokens + row.cachedTokens,
    writtenTokens: totals.writtenTokens + row.written30mTokens + row.written12hTokens,
    outputTokens: totals.outputTokens + row.outputTokens,
    microDollars: totals.microDollars + (row.microDollars ?? 0),
  }
}
