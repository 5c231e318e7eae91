/** Weight of one call in the averages. */
const WEIGHT = 0.02

/** How forecasts of waiting have turned out: averages over the latest calls that had to wait. */
export class ForecastRecord {
  #count = 0
  #predictedMs = 0
  #actualMs = 0

  get count(): number {
    return this.#count
  }

  get predictedMs(): number {
    return this.#predictedMs
  }

  get actualMs(): number {
    return this.#actualMs
  }

  seen(predictedMs: number, actualMs: number): void {
    this.#count += 1
    const weight = Math.max(WEIGHT, 1 / this.#count)
    this.#predictedMs += weight * (predictedMs - this.#predictedMs)
    this.#actualMs += weight * (actualMs - this.#actualMs)
  }
}
