import type { FailureReason, Usage } from '../../call/outcome.ts'
import { chargeOf } from '../cost/charge-rule.ts'
import type { ChargeEstimate } from '../cost/estimate.ts'
import type { Charge } from '../quota/domain-quota.ts'

/** Weight of one call in the running average of what a call uses. */
const AVERAGE = 0.02

/** Sums since the start; only ever growing, so that they can be exported as counters. */
export class DomainStatistics {
  admittedRequests = 0
  admittedTokens = 0
  completedCalls = 0
  /** Attempts that came to nothing, by reason, and the quota they took. */
  readonly wastedAttempts: Partial<Record<FailureReason, number>> = {}
  wastedRequests = 0
  wastedTokens = 0
  /** Of completed calls that stated a maximum output: what was reserved for output, and what was used of it. */
  reservedOutput = 0
  usedOutput = 0
  /** Of the same calls: what was charged, and what would have been had they stated what they used. */
  chargedTokens = 0
  honestTokens = 0
  #averageOutput = 500

  /** Output tokens a call can be expected to use. */
  get averageOutput(): number {
    return this.#averageOutput
  }

  admitted(tokens: number): void {
    this.admittedRequests += 1
    this.admittedTokens += tokens
  }

  completed(charge: Charge, usage: Usage, estimate: ChargeEstimate): void {
    const { size } = charge
    this.completedCalls += 1
    this.#averageOutput += AVERAGE * (usage.output - this.#averageOutput)
    if (size.maxOutput === null) return
    this.reservedOutput += size.maxOutput * size.choices
    this.usedOutput += usage.output
    this.chargedTokens += charge.tokens
    this.honestTokens += chargeOf(estimate.rule, {
      bodyBytes: size.bodyBytes,
      maxOutput: usage.output / Math.max(1, size.choices),
      choices: size.choices,
    })
  }

  wasted(reason: FailureReason, charge: Charge): void {
    this.wastedAttempts[reason] = (this.wastedAttempts[reason] ?? 0) + 1
    this.wastedRequests += 1
    this.wastedTokens += charge.tokens
  }
}
