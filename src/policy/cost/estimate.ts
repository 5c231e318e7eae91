import { chargeOf, documentedRule, type ChargeRule, type RequestSize } from './charge-rule.ts'
import { ENOUGH, fitChargeRule, type ChargeSample } from './fit-charge-rule.ts'

const SAMPLES = 64
/** A fit takes a tenth of a millisecond: often at first, rarely once there is little left to learn. */
const REFIT_EVERY = 8
const LATER_EVERY = 128
const MOST_ERROR = 0.3

/**
 * Foresees what a request is charged against the token limits. Starts from the documented rule and learns from the
 * charges that become visible: figures printed in refusals, differences between the headers of neighbouring requests.
 */
export class ChargeEstimate {
  #rule: ChargeRule = documentedRule
  readonly #samples: ChargeSample[] = []
  #seen = 0
  #exact = 0
  #error = 0

  get rule(): ChargeRule {
    return this.#rule
  }

  /** Mean relative error of the latest estimates. */
  get error(): number {
    return this.#error
  }

  get seen(): number {
    return this.#seen
  }

  /** True once the estimate is right on average. Single charges inferred from headers are blurred by the network. */
  get calibrated(): boolean {
    return this.#seen >= REFIT_EVERY && this.#error < MOST_ERROR
  }

  /** Enough has been seen to look less often. */
  get settled(): boolean {
    return this.#seen >= SAMPLES
  }

  /** Tokens, at least 1. */
  of(size: RequestSize): number {
    return chargeOf(this.#rule, size)
  }

  /** A rule that somebody else has learnt, as long as nothing was seen here. */
  takeOver(rule: ChargeRule): void {
    if (this.#seen === 0) this.#rule = rule
  }

  observe(size: RequestSize, charged: number, exact: boolean): void {
    if (!(charged > 0) || !Number.isFinite(charged)) return
    const off = Math.min(2, Math.abs(this.of(size) / charged - 1))
    this.#error += Math.max(0.05, 1 / (this.#seen + 1)) * (off - this.#error)
    const { bodyBytes, maxOutput, choices } = size
    this.#samples[this.#seen % SAMPLES] = { bodyBytes, maxOutput, choices, charged, exact }
    this.#seen += 1
    if (exact) this.#exact += 1
    // A figure from a refusal counts at once, but not to judge by the few inferred ones beside it.
    const telling = exact && this.#exact >= ENOUGH
    const every = this.#seen > LATER_EVERY ? LATER_EVERY : REFIT_EVERY
    if (telling || this.#seen % every === 0) this.#rule = fitChargeRule(this.#samples, this.#rule)
  }
}
