import type { Books } from '../../policy/budget/terms.ts'
import { BudgetDesk } from './budget-desk.ts'
import type { BudgetHello, BudgetTerms } from './budget-wire.ts'
import type { SharedBudget } from './shared-budget.ts'

/** The budgets that are kept at this process: its own, and those that only others have. Equal terms are one budget. */
export class BudgetDesks {
  readonly #own: SharedBudget | undefined
  readonly #makeBooks: ((terms: BudgetTerms) => Books) | undefined
  readonly #others = new Map<string, BudgetDesk>()

  constructor(own: SharedBudget | undefined, makeBooks: ((terms: BudgetTerms) => Books) | undefined) {
    this.#own = own
    this.#makeBooks = makeBooks
  }

  /** For whom brings a budget along; null where it has to keep its own. */
  deskFor({ terms }: BudgetHello): BudgetDesk | null {
    const key = JSON.stringify(terms)
    if (this.#own && key === JSON.stringify(this.#own.terms)) return this.#own.keep()
    let desk = this.#others.get(key)
    if (!desk && this.#makeBooks)
      this.#others.set(key, (desk = new BudgetDesk(this.#makeBooks(terms), [], false, {})))
    return desk ?? null
  }
}
