/** What a request shows of its size before it is sent. */
export interface RequestSize {
  readonly bodyBytes: number
  /** Bound on the output tokens of one choice; null when the request states none. */
  readonly maxOutput: number | null
  readonly choices: number
}

/** How the limiter on the other side makes a charge out of a request. */
export interface ChargeRule {
  /** `max`: the larger of input and output. `sum`: both. `input`: the stated output does not count. */
  readonly rule: 'max' | 'sum' | 'input'
  /** Bytes of the body per token of the limiter's own input estimate. */
  readonly bytesPerToken: number
  /** The output taken where a request states none. */
  readonly unstatedOutput: number
  /** Applied to everything; away from 1 only where no rule explains the charges. */
  readonly scale: number
}

/** OpenAI's documented rule: the larger of the maximum output and an estimate from the number of characters. */
export const documentedRule: ChargeRule = { rule: 'max', bytesPerToken: 4, unstatedOutput: 0, scale: 1 }

/** Tokens, at least 1. */
export function chargeOf(rule: ChargeRule, size: RequestSize): number {
  const input = size.bodyBytes / rule.bytesPerToken
  const output = (size.maxOutput ?? rule.unstatedOutput) * Math.max(1, size.choices)
  const tokens =
    rule.rule === 'sum' ? input + output : rule.rule === 'input' ? input : Math.max(input, output)
  return Math.max(1, tokens * rule.scale)
}
