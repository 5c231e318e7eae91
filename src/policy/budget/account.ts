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
