import { Account } from './account.ts'
import type { Amounts } from './caps.ts'

/**
 * The accounts of rollouts, the most recently used ones. A rollout that is forgotten because very many came after it
 * starts from nothing when it comes back; that is counted.
 */
export class RolloutAccounts {
  readonly #accounts = new Map<string, Account>()
  readonly #most: number
  forgotten = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#accounts.size
  }

  find(rollout: string): Account | undefined {
    return this.#accounts.get(rollout)
  }

  /** The account of a rollout, made when there is none. It becomes the most recently used one. */
  open(rollout: string): Account {
    const account = this.#accounts.get(rollout)
    if (account) {
      this.#accounts.delete(rollout)
      this.#accounts.set(rollout, account)
      return account
    }
    if (this.#accounts.size >= this.#most) this.#forgetOldest()
    const made = new Account()
    this.#accounts.set(rollout, made)
    return made
  }

  *spent(): IterableIterator<[string, Amounts]> {
    for (const [rollout, account] of this.#accounts) {
      if (account.spentCalls > 0 || account.spentMicroDollars > 0) yield [rollout, account.spentAmounts]
    }
  }

  #forgetOldest(): void {
    for (const [rollout, account] of this.#accounts) {
      // A rollout with calls under way is in use, however old: it must not lose what it has reserved.
      if (account.open > 0 || account.awaited) continue
      this.#accounts.delete(rollout)
      this.forgotten += 1
      return
    }
  }
}
