import type { AdmissionSignal } from '../policy/gate.ts'
import type { Books, BudgetAsk, BudgetUse, Reservation, Spending } from '../policy/budget/terms.ts'
import type { Failure } from '../call/outcome.ts'
import type {
  BudgetGuestMessage,
  BudgetHello,
  BudgetHostMessage,
  BudgetTerms,
  WirePast,
} from './budget-wire.ts'

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

/** A process that spends from a budget it does not keep. */
export class BudgetCustomer {
  readonly send: (message: BudgetHostMessage) => void
  readonly #desk: BudgetDesk
  readonly #waiting = new Map<number, AdmissionSignal>()
  readonly #reserved = new Map<number, Reservation>()

  constructor(desk: BudgetDesk, send: (message: BudgetHostMessage) => void, held: BudgetHello['held']) {
    this.#desk = desk
    this.send = send
    for (const { id, ask } of held) this.#reserved.set(id, desk.books.hold(ask))
  }

  hear(message: BudgetGuestMessage): void {
    switch (message.kind) {
      case 'reserve':
        return this.#reserve(message.id, message.ask)
      case 'unreserve':
        return this.#unreserve(message.id)
      case 'spend':
        return this.#spend(message.id, message.used)
      case 'caps':
        return this.#desk.change(message.caps, this)
    }
  }

  /** It is gone: what it had under way may have been billed, and counts in full. */
  gone(): void {
    this.#desk.close(this)
    for (const signal of this.#waiting.values()) signal.onAbort?.()
    this.#waiting.clear()
    for (const reservation of this.#reserved.values())
      reservation.settle({ microDollars: null, output: null })
    this.#reserved.clear()
  }

  #reserve(id: number, ask: BudgetAsk): void {
    const signal: AdmissionSignal = { aborted: false, onAbort: null }
    const answer = this.#desk.books.admit(ask, signal)
    if (!(answer instanceof Promise)) return this.#answered(id, answer)
    this.#waiting.set(id, signal)
    void answer.then((given) => this.#answeredLater(id, given))
  }

  #answeredLater(id: number, answer: Reservation | Failure): void {
    if (this.#waiting.delete(id)) this.#answered(id, answer)
    else if ('release' in answer) answer.release()
  }

  #answered(id: number, answer: Reservation | Failure): void {
    if (!('release' in answer)) return this.send({ kind: 'unaffordable', id, failure: answer })
    this.#reserved.set(id, answer)
    this.send({ kind: 'reserved', id })
  }

  #unreserve(id: number): void {
    const signal = this.#waiting.get(id)
    this.#waiting.delete(id)
    signal?.onAbort?.()
    const reservation = this.#reserved.get(id)
    this.#reserved.delete(id)
    reservation?.release()
  }

  #spend(id: number, used: BudgetUse): void {
    const reservation = this.#reserved.get(id)
    this.#reserved.delete(id)
    if (reservation) this.#desk.spent(this, id, () => reservation.settle(used))
  }
}

const NOTHING = { microDollars: 0, calls: 0, output: 0 }
