import type { Books, Spending } from '../../policy/budget/terms.ts'
import { BudgetCustomer } from './budget-customer.ts'
import type { BudgetHello, BudgetHostMessage, BudgetTerms, WirePast } from './budget-wire.ts'

/** One budget at the process that decides, and everyone who spends from it. */
export class BudgetDesk {
  readonly books: Books
  readonly #customers = new Set<BudgetCustomer>()
  readonly #sources: Set<string>
  #shared: boolean
  /** Caps that were changed while running. */
  #caps: BudgetTerms
  #spender: { customer: BudgetCustomer; id: number } | null = null

  /** `shared`: the books are a copy of those of an earlier host. */
  constructor(books: Books, sources: readonly string[], shared: boolean, caps: BudgetTerms) {
    this.#caps = caps
    this.books = books
    this.#sources = new Set(sources)
    this.#shared = shared
    books.onSpent = (spending) => this.#tell(spending)
  }

  /** A process that spends from it too, with what it brings along. */
  open(hello: BudgetHello, send: (message: BudgetHostMessage) => void): BudgetCustomer {
    this.#takeIn(hello)
    const customer = new BudgetCustomer(this, send, hello.held)
    for (const { id, spending } of hello.unheard) this.spent(customer, id, () => this.books.note(spending))
    this.#customers.add(customer)
    for (const one of hello.member ? this.#customers : [customer]) this.#show(one)
    return customer
  }

  close(customer: BudgetCustomer): void {
    this.#customers.delete(customer)
  }

  /** Spends in the name of a customer's call, which is told so. */
  spent(customer: BudgetCustomer, id: number, spend: () => void): void {
    this.#spender = { customer, id }
    spend()
    this.#spender = null
  }

  change(caps: BudgetTerms, by: BudgetCustomer | null): void {
    this.#caps = { ...this.#caps, ...caps }
    this.books.change(caps)
    for (const customer of this.#customers) if (customer !== by) customer.send({ kind: 'caps', caps })
  }

  #takeIn({ past, sources, member }: BudgetHello): void {
    const unknown = sources.filter((source) => !this.#sources.has(source))
    for (const source of unknown) this.#sources.add(source)
    if (member && !this.#shared) {
      // We are the newcomer. What we have brought along may be in its books already.
      this.#shared = true
      this.books.replace(past)
      return
    }
    if (member || unknown.length === 0) return
    const of = (kind: string): boolean => unknown.some((source) => source.startsWith(`${kind}:`))
    const run = of('run')
    this.books.restore({
      ...past,
      run: run ? past.run : NOTHING,
      day: of('day') ? past.day : NOTHING,
      rollouts: run ? past.rollouts : [],
    })
  }

  #show(customer: BudgetCustomer): void {
    if (Object.keys(this.#caps).length > 0) customer.send({ kind: 'caps', caps: this.#caps })
    customer.send({ kind: 'books', past: this.books.past as WirePast, sources: [...this.#sources] })
  }

  #tell(spending: Spending): void {
    for (const customer of this.#customers) {
      const id = this.#spender?.customer === customer ? this.#spender.id : null
      customer.send({ kind: 'entry', spending, id })
    }
  }
}

const NOTHING = { microDollars: 0, calls: 0, output: 0 }
