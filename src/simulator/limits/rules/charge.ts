import type { AdmissionRequest, FinishedRequest } from '../../plugs.ts'
import type { Scenario } from '../../scenarios/schema.ts'

type ChargeRule = Scenario['charge']

/** Input tokens as the limiter sees them: from the number of characters, not from a tokenizer. */
export function estimatedInput(rule: ChargeRule, request: AdmissionRequest): number {
  return Math.ceil(request.characters / rule.characters_per_token)
}

/** The tokens a request is charged at admission. */
export function charged(rule: ChargeRule, request: AdmissionRequest): number {
  return combined(rule, request, estimatedInput(rule, request))
}

/** The tokens given back when the request is over; 0 under OpenAI's documented rule. */
export function refund(rule: ChargeRule, finished: FinishedRequest): number {
  const { request } = finished
  const charge = charged(rule, request)
  if (rule.failed_attempts === 'free' && finished.ending === 'failed') return charge
  const cached = rule.cached_tokens === 'exclude' ? (finished.cachedTokens ?? 0) : 0
  const excluded = charge - combined(rule, request, Math.max(0, estimatedInput(rule, request) - cached))
  if (!rule.refund_unused) return excluded
  return Math.max(excluded, charge - (finished.inputTokens - cached + finished.outputTokens))
}

function combined(rule: ChargeRule, request: AdmissionRequest, input: number): number {
  const choices = rule.times_choices ? request.choices : 1
  const output = (request.maxOutput || rule.unstated_output) * choices
  return rule.rule === 'sum' ? input + output : Math.max(input, output)
}
