import type { Amounts } from './caps.ts'

/** What a run, a day or a rollout has spent, and what calls under way may still spend. */
export class Account {
  spentMicroDollars = 0
  spentCalls = 0
  spentOutput = 0
  reservedMicroDollars = 0
  reservedCalls = 0
  reservedOutput = 0
  /** Reservations that are not settled. */
  open = 0
  /** Calls of this rollout wait for other calls of it. */
  awaited = false
  /** The cap was said to be reached. */
  announced = false

  spent(amount: keyof Amounts): number {
    if (amount === 'microDollars') return this.spentMicroDollars
    return amount === 'calls' ? this.spentCalls : this.spentOutput
  }

  reserved(amount: keyof Amounts): number {
    if (amount === 'microDollars') return this.reservedMicroDollars
    return amount === 'calls' ? this.reservedCalls : this.reservedOutput
  }

  reserve(amounts: Amounts): void {
    this.open += 1
    this.reservedMicroDollars += amounts.microDollars
    this.reservedCalls += amounts.calls
    this.reservedOutput += amounts.output
  }

  /** Turns a reservation into what was really spent. */
  settle(reserved: Amounts, spent: Amounts): void {
    this.open -= 1
    this.reservedMicroDollars -= reserved.microDollars
    this.reservedCalls -= reserved.calls
    this.reservedOutput -= reserved.output
    this.add(spent)
  }

  get spentAmounts(): Amounts {
    return { microDollars: this.spentMicroDollars, calls: this.spentCalls, output: this.spentOutput }
  }

  replaceSpent({ microDollars, calls, output }: Amounts): void {
    this.spentMicroDollars = microDollars
    this.spentCalls = calls
    this.spentOutput = output
  }

  add(spent: Amounts): void {
    this.spentMicroDollars += spent.microDollars
    this.spentCalls += spent.calls
    this.spentOutput += spent.output
  }
}

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
