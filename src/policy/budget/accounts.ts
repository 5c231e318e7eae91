import { Account } from './account.ts'
import { RolloutAccounts } from './rollout-accounts.ts'
import type { Past, Spending } from './terms.ts'

const DAY_MS = 86_400_000
const MAX_ROLLOUTS = 200_000

/** The accounts that every call is booked on: the run's, today's (UTC) and its rollout's. */
export class Accounts {
  readonly run = new Account()
  readonly rollouts: RolloutAccounts
  /** Off while no cap asks what a rollout has spent. */
  tracksRollouts = false
  readonly #wall: () => number
  #day = new Account()
  #dayNumber: number

  /** `wall`: epoch milliseconds. */
  constructor(wall: () => number, maxRollouts: number | undefined) {
    this.#wall = wall
    this.#dayNumber = this.#today()
    this.rollouts = new RolloutAccounts(maxRollouts ?? MAX_ROLLOUTS)
  }

  get day(): Account {
    return this.#day
  }

  /** At midnight the day's account begins anew; calls under way stay on the day that let them go. True when it did. */
  turnDay(): boolean {
    const today = this.#today()
    if (today === this.#dayNumber) return false
    this.#dayNumber = today
    this.#day = new Account()
    return true
  }

  /** The account of a call's rollout, made when there is none; null where rollouts have none. */
  open(rollout: string | null): Account | null {
    return this.tracksRollouts && rollout !== null ? this.rollouts.open(rollout) : null
  }

  add(spending: Spending): void {
    this.run.add(spending)
    this.#day.add(spending)
    this.open(spending.rollout)?.add(spending)
  }

  get past(): Past {
    return {
      run: this.run.spentAmounts,
      day: this.#day.spentAmounts,
      dayNumber: this.#dayNumber,
      rollouts: [...this.rollouts.spent()],
    }
  }

  /** Adds what was spent before, or elsewhere. */
  restore(past: Past): void {
    this.run.add(past.run)
    if (this.#isToday(past)) this.#day.add(past.day)
    for (const [rollout, spent] of past.rollouts) this.open(rollout)?.add(spent)
  }

  /** Takes over what was spent; what is reserved stays reserved. */
  replace(past: Past): void {
    this.run.replaceSpent(past.run)
    if (this.#isToday(past)) this.#day.replaceSpent(past.day)
    for (const [rollout, spent] of past.rollouts) this.open(rollout)?.replaceSpent(spent)
  }

  #isToday({ dayNumber }: Past): boolean {
    return dayNumber === undefined || dayNumber === this.#dayNumber
  }

  #today(): number {
    return Math.floor(this.#wall() / DAY_MS)
  }
}
