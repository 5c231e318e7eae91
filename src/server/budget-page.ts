import type { Budget } from '../policy/budget.ts'
import type { BudgetCaps } from '../policy/budget/caps.ts'
import type { Page } from './pages.ts'

/** The names of caps as the configuration has them, and as the budget has them. */
const CAPS: Readonly<Record<string, keyof BudgetCaps>> = {
  run_usd: 'runMicroUsd',
  rollout_usd: 'rolloutMicroUsd',
  day_usd: 'dayMicroUsd',
  run_calls: 'runCalls',
  rollout_calls: 'rolloutCalls',
  day_calls: 'dayCalls',
  run_output: 'runOutput',
  rollout_output: 'rolloutOutput',
  day_output: 'dayOutput',
}

/** `GET /admin/budget` shows the caps; `POST {"run_usd": 50}` changes the named ones live, null removes one. */
export function budgetPage(budget: Pick<Budget, 'change' | 'state'>): Page {
  return ({ body, sendJson }) => {
    if (body.length > 0) {
      const caps = readCaps(body)
      if (typeof caps === 'string') {
        return sendJson(422, {
          error: { message: caps, type: 'invalid_request_error', param: null, code: null },
        })
      }
      budget.change(caps)
    }
    return sendJson(200, budget.state, { 'cache-control': 'no-store' })
  }
}

function readCaps(body: Buffer): BudgetCaps | string {
  let given: unknown
  try {
    given = JSON.parse(body.toString())
  } catch {
    return 'The body is not JSON; send an object such as {"run_usd": 50}.'
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return 'Send an object of caps, such as {"run_usd": 50}; null removes a cap.'
  }
  const caps: { -readonly [Name in keyof BudgetCaps]: number | null } = {}
  for (const [name, value] of Object.entries(given)) {
    const cap = CAPS[name]
    if (!cap) return `There is no cap "${name.slice(0, 40)}"; there are ${Object.keys(CAPS).join(', ')}.`
    if (value !== null && (typeof value !== 'number' || !(value >= 0) || !Number.isFinite(value))) {
      return `${name} has to be a number of at least 0, or null for no cap.`
    }
    caps[cap] =
      value === null ? null : name.endsWith('_usd') ? Math.round(value * 1_000_000) : Math.floor(value)
  }
  return caps
}
