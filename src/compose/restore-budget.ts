import type { Config } from '../config/schema.ts'
import type { Log } from '../observe/log.ts'
import type { Budget } from '../policy/budget.ts'
import { Account } from '../policy/budget/account.ts'
import type { Amounts } from '../policy/budget/caps.ts'
import { openLedger } from '../store/open-ledger.ts'

const DAY_MS = 86_400_000

/**
 * A budget goes on where it was: the day always, the run where the configuration names it.
 *
 * @param now epoch milliseconds
 */
export function restoreBudget(budget: Budget, config: Config, run: string, now: number, log: Log): void {
  try {
    const queries = openLedger(config.ledger.directory)
    const ofRun = queries.spentByRollout({ run })
    const ofDay = queries.spentByRollout({ since: Math.floor(now / DAY_MS) * DAY_MS, server: config.name })
    queries.close()
    budget.restore({
      run: total(ofRun),
      day: total(ofDay),
      rollouts: ofRun.flatMap((row) => (row.rollout === null ? [] : [[row.rollout, row] as const])),
    })
  } catch (error) {
    // The first start has no ledger yet; anything else is worth saying, since a cap would begin from nothing.
    const message = (error as Error).message
    if (!message.startsWith('there is no ledger')) log.warn(`the budget starts from nothing: ${message}`)
  }
}

function total(spendings: readonly Amounts[]): Amounts {
  const account = new Account()
  for (const spending of spendings) account.add(spending)
  return account.spentAmounts
}
