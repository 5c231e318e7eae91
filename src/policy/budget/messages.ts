import type { Failure } from '../../call/outcome.ts'
import { gatewayRefusal } from '../gateway-refusal.ts'
import { amountText, type Cap, type CapName } from './caps.ts'

/** Something to log, to show on a page, or to send to a webhook. */
export interface BudgetEvent {
  readonly kind: 'warning' | 'reached'
  readonly cap: CapName
  readonly limit: number
  readonly spent: number
  /** The rollout, for a rollout's cap. */
  readonly rollout: string | null
  /** One sentence. */
  readonly message: string
}

/** A cap that refuses, and why. Amounts in the cap's own unit. */
export interface Refusal {
  readonly cap: Cap
  readonly spent: number
  /** What the refused call may use at most. */
  readonly asked: number
  /** The part of the cap that is kept for rollouts that have begun. */
  readonly kept: number
  readonly rollout: string | null
}

/** The refusal as a failure: terminal, and it cost no upstream call. */
export function budgetExceeded(refusal: Refusal): Failure {
  const { cap, spent, asked, kept } = refusal
  const amount = (value: number): string => amountText(cap.amount, value)
  const whose = { run: 'this run', rollout: 'this rollout', day: 'today (UTC)' }[cap.scope]
  const sentences = [
    `The budget refuses this call: of ${cap.name} = ${amount(cap.limit)}, ${whose} has spent ${amount(spent)}`,
  ]
  if (cap.amount !== 'calls') sentences[0] += `, and the call may take up to ${amount(asked)}`
  if (kept > 0) sentences[0] += `; the last ${amount(kept)} are kept for rollouts that have begun`
  const smaller = cap.amount === 'calls' || spent >= cap.limit ? '' : ', or set a lower max_output_tokens'
  return gatewayRefusal(
    'budget_exceeded',
    `${sentences[0]}. Raise budget.${cap.name} (POST /admin/budget does it live)${smaller}.`,
  )
}

/** Without a price nothing can be reserved, and the cap would be a promise that is not kept. */
export function priceUnknown(cap: CapName): Failure {
  return gatewayRefusal(
    'budget_exceeded',
    `The budget's ${cap} cannot be kept for this call because no price is known for its model and tier; name it under "prices:", or remove the cap.`,
  )
}

export function reachedEvent({ cap, spent, kept, rollout }: Refusal): BudgetEvent {
  const of = rollout === null ? '' : ` of rollout ${rollout}`
  const who = cap.scope === 'rollout' ? 'its calls are' : kept > 0 ? 'new rollouts are' : 'calls are'
  const limit = amountText(cap.amount, cap.limit)
  const message = `budget.${cap.name} = ${limit} is reached${of}: ${amountText(cap.amount, spent)} spent; ${who} refused from now on`
  return { kind: 'reached', cap: cap.name, limit: cap.limit, spent, rollout, message }
}

export function warningEvent(cap: Cap, spent: number): BudgetEvent {
  const share = Math.floor((spent / cap.limit) * 100)
  const message = `${share} % of budget.${cap.name} = ${amountText(cap.amount, cap.limit)} are spent (${amountText(cap.amount, spent)})`
  return { kind: 'warning', cap: cap.name, limit: cap.limit, spent, rollout: null, message }
}
