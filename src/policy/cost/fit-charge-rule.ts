import { chargeOf, documentedRule, type ChargeRule, type RequestSize } from './charge-rule.ts'

/** A charge that became visible. */
export interface ChargeSample extends RequestSize {
  readonly charged: number
  /** Printed by the server; otherwise the difference of two headers, in which others' requests may hide. */
  readonly exact: boolean
}

/** A rule must explain the charges this much better than the one in use to take its place. */
const CLEARLY = 0.8
/** Differences below this are rounding; where charges were inferred from headers, they are the network's unevenness. */
const ROUNDING = 0.004
const UNEVENNESS = 0.03
export const ENOUGH = 3
/** Beyond this a sample holds something else than the request. */
const MOST_ERROR = 0.5

/**
 * The rule that explains the charges best. Each candidate is fitted by medians, because some samples hold what somebody
 * else spent meanwhile, and judged by an error in which no sample counts for much.
 */
export function fitChargeRule(samples: readonly ChargeSample[], current: ChargeRule): ChargeRule {
  const exact = samples.filter((sample) => sample.exact)
  const used = exact.length >= ENOUGH ? exact : samples
  const stated = used.filter((sample) => sample.maxOutput !== null)
  const unstated = used.filter((sample) => sample.maxOutput === null)
  const fitted = stated.length >= ENOUGH ? best(stated, current, statedCandidates(stated, current)) : current
  if (unstated.length < ENOUGH) return fitted
  return best(unstated, fitted, unstatedCandidates(unstated, fitted, stated.length < ENOUGH))
}

function best(
  samples: readonly ChargeSample[],
  current: ChargeRule,
  candidates: readonly ChargeRule[],
): ChargeRule {
  let found = current
  const noise = samples.every((sample) => sample.exact) ? ROUNDING : UNEVENNESS
  let least = Math.max(0, errorOf(samples, current) * CLEARLY - noise)
  for (const candidate of candidates) {
    const error = errorOf(samples, candidate)
    if (error >= least) continue
    least = error
    found = candidate
  }
  return found
}

function statedCandidates(samples: readonly ChargeSample[], current: ChargeRule): ChargeRule[] {
  const plain = { ...current, scale: 1 }
  // Only charges above the stated output tell the size of the input under `max`.
  const byMax = bytesPerToken(samples, (sample) =>
    sample.charged > 1.02 * outputOf(sample) ? sample.charged : 0,
  )
  const bySum = bytesPerToken(samples, (sample) => sample.charged - outputOf(sample))
  const byInput = bytesPerToken(samples, (sample) => sample.charged)
  const scaled = (rule: ChargeRule): ChargeRule => ({
    ...rule,
    scale: median(samples.map((sample) => sample.charged / chargeOf(rule, sample))),
  })
  return [
    ...(byMax ? [{ ...plain, rule: 'max' as const, bytesPerToken: byMax }] : []),
    { ...plain, rule: 'max' },
    ...(bySum ? [{ ...plain, rule: 'sum' as const, bytesPerToken: bySum }] : []),
    ...(byInput ? [{ ...plain, rule: 'input' as const, bytesPerToken: byInput }] : []),
    // The way back, should the first samples have misled.
    { ...documentedRule, unstatedOutput: current.unstatedOutput },
    // No rule at all: the estimate as it is, times a constant.
    scaled(plain),
    scaled({ ...documentedRule, unstatedOutput: current.unstatedOutput }),
  ]
}

/** Without a stated output the limiter charges the input alone, or a constant of its own. */
function unstatedCandidates(samples: readonly ChargeSample[], fit: ChargeRule, free: boolean): ChargeRule[] {
  const constant = median(samples.map((sample) => sample.charged / Math.max(1, sample.choices)))
  const byInput = bytesPerToken(samples, (sample) => sample.charged)
  return [
    { ...fit, unstatedOutput: 0 },
    { ...fit, unstatedOutput: constant },
    ...(free && byInput ? [{ ...fit, unstatedOutput: 0, bytesPerToken: byInput, scale: 1 }] : []),
  ]
}

function bytesPerToken(
  samples: readonly ChargeSample[],
  input: (sample: ChargeSample) => number,
): number | null {
  const ratios = samples
    .filter((sample) => input(sample) > 0)
    .map((sample) => sample.bodyBytes / input(sample))
  if (ratios.length < ENOUGH) return null
  const ratio = median(ratios)
  return ratio > 0.2 && ratio < 50 ? ratio : null
}

/** The mean of the relative errors, of which none counts as more than `MOST_ERROR`. */
function errorOf(samples: readonly ChargeSample[], rule: ChargeRule): number {
  let sum = 0
  for (const sample of samples) {
    sum += Math.min(MOST_ERROR, Math.abs(Math.log(chargeOf(rule, sample) / sample.charged)))
  }
  return sum / samples.length
}

function outputOf(sample: ChargeSample): number {
  return (sample.maxOutput ?? 0) * Math.max(1, sample.choices)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
