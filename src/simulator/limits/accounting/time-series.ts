export interface Series {
  /** Real milliseconds per bin; doubles each time the series would exceed 3,600 bins. */
  readonly binMs: number
  /** One figure per bin, the last one still growing. */
  readonly sentRequests: readonly number[]
  readonly admittedRequests: readonly number[]
  readonly sentTokens: readonly number[]
  readonly admittedTokens: readonly number[]
}

const mostBins = 3600

/** What was asked for and what was let through, per stretch of time; memory stays bounded however long it runs. */
export class TimeSeries {
  #binMs: number
  readonly #columns: { readonly [column in Exclude<keyof Series, 'binMs'>]: number[] } = {
    sentRequests: [],
    admittedRequests: [],
    sentTokens: [],
    admittedTokens: [],
  }

  constructor(binMs: number) {
    this.#binMs = binMs
  }

  /** `at` is milliseconds since the start. */
  add(at: number, tokens: number, admitted: boolean): void {
    const bin = this.#reach(at)
    const columns = this.#columns
    columns.sentRequests[bin]!++
    columns.sentTokens[bin]! += tokens
    if (!admitted) return
    columns.admittedRequests[bin]!++
    columns.admittedTokens[bin]! += tokens
  }

  /** Copies, with a bin for every moment up to `until`. */
  read(until: number): Series {
    this.#reach(until)
    const { sentRequests, admittedRequests, sentTokens, admittedTokens } = this.#columns
    return {
      binMs: this.#binMs,
      sentRequests: [...sentRequests],
      admittedRequests: [...admittedRequests],
      sentTokens: [...sentTokens],
      admittedTokens: [...admittedTokens],
    }
  }

  /** Makes sure that the bin of a moment exists, and gives its index. */
  #reach(at: number): number {
    while (at >= this.#binMs * mostBins) this.#mergePairs()
    const bin = Math.max(0, Math.floor(at / this.#binMs))
    if (bin >= this.#columns.sentRequests.length) {
      for (const column of Object.values(this.#columns)) while (column.length <= bin) column.push(0)
    }
    return bin
  }

  #mergePairs(): void {
    this.#binMs *= 2
    for (const column of Object.values(this.#columns)) {
      const half = Math.ceil(column.length / 2)
      for (let bin = 0; bin < half; bin++) column[bin] = column[2 * bin]! + (column[2 * bin + 1] ?? 0)
      column.length = half
    }
  }
}
