import type { Failure } from '../../call/outcome.ts'
import type { AdmissionSignal } from '../../policy/gate.ts'
import type { Books, BudgetAsk, BudgetUse, Reservation, Spending } from '../../policy/budget/terms.ts'
import { callerLeft } from '../caller-left.ts'
import { BudgetDesk } from './budget-desk.ts'
import type {
  BudgetGuestMessage,
  BudgetHello,
  BudgetHostMessage,
  BudgetTerms,
  WirePast,
} from './budget-wire.ts'

interface Entry {
  readonly id: number
  readonly ask: BudgetAsk
  readonly signal: AdmissionSignal
  readonly resolve: (answer: Reservation | Failure | Promise<Reservation | Failure>) => void
  /** In this process's own copy of the books, once it is granted. */
  held: Reservation | null
}

/**
 * A budget that processes of the same terms spend from together. The process that keeps the limits keeps the books, too;
 * everyone else has a copy and hears of every entry, so that whoever is next can go on with its own. While this process
 * keeps them, or nobody does, calls ask the books directly.
 */
export class SharedBudget {
  readonly terms: BudgetTerms
  readonly books: Books
  #sources: readonly string[]
  #member = false
  readonly #entries = new Map<number, Entry>()
  readonly #unheard = new Map<number, Spending>()
  #number = 0
  #remote = false
  #send: ((message: BudgetGuestMessage) => void) | null = null
  #desk: BudgetDesk | null = null
  #caps: BudgetTerms = {}

  constructor(books: Books, terms: BudgetTerms) {
    this.books = books
    this.terms = terms
    this.#sources = []
  }

  /** Whose past the books hold, before anybody else is met. */
  set sources(sources: readonly string[]) {
    this.#sources = sources
  }

  get capped(): boolean {
    return this.books.capped
  }

  admit(ask: BudgetAsk, signal: AdmissionSignal): Reservation | Failure | Promise<Reservation | Failure> {
    if (!this.#remote) return this.books.admit(ask, signal)
    return new Promise((resolve) => {
      const entry: Entry = { id: this.#number++, ask, signal, resolve, held: null }
      this.#entries.set(entry.id, entry)
      const leave = (): void => {
        this.#entries.delete(entry.id)
        this.#send?.({ kind: 'unreserve', id: entry.id })
        resolve(callerLeft)
      }
      signal.onAbort = leave
      this.#send?.({ kind: 'reserve', id: entry.id, ask })
    })
  }

  change(caps: BudgetTerms): void {
    this.#caps = { ...this.#caps, ...caps }
    if (this.#desk) return this.#desk.change(caps, null)
    this.books.change(caps)
    this.#send?.({ kind: 'caps', caps })
  }

  hello(): BudgetHello {
    const { past } = this.books
    const granted = [...this.#entries.values()].filter(({ held }) => held !== null)
    return {
      terms: this.terms,
      past: past as WirePast,
      sources: this.#sources,
      member: this.#member,
      held: granted.map(({ id, ask }) => ({ id, ask })),
      unheard: [...this.#unheard].map(([id, spending]) => ({ id, spending })),
    }
  }

  /** Somebody else keeps the books from now on; `null`: nobody, until there is one again. */
  ask(send: ((message: BudgetGuestMessage) => void) | null): void {
    this.#remote = true
    this.#send = send
    this.books.onSpent = null
    if (!send) return
    for (const { id, ask, held } of this.#entries.values()) if (!held) send({ kind: 'reserve', id, ask })
  }

  hear(message: BudgetHostMessage): void {
    switch (message.kind) {
      case 'reserved':
        return this.#granted(message.id)
      case 'unaffordable':
        return this.#answer(message.id, message.failure)
      case 'books':
        this.#member = true
        this.#sources = message.sources
        this.#unheard.clear()
        return this.books.replace(message.past)
      case 'entry':
        if (message.id !== null) this.#unheard.delete(message.id)
        return this.books.note(message.spending)
      case 'caps':
        this.#caps = { ...this.#caps, ...message.caps }
        return this.books.change(message.caps)
    }
  }

  /** Others may come to this process's books from now on. */
  keep(): BudgetDesk {
    this.#desk ??= new BudgetDesk(this.books, this.#sources, this.#member, this.#caps)
    return this.#desk
  }

  /** By what this process has in its books. */
  decide(): void {
    this.#remote = false
    this.#send = null
    for (const spending of this.#unheard.values()) this.books.note(spending)
    // Where nobody hears of it now, somebody will later.
    if (this.#desk) this.#unheard.clear()
    else this.books.onSpent = (spending) => void this.#unheard.set(this.#number++, spending)
    const waiting = [...this.#entries.values()].filter(({ held }) => !held)
    for (const { id, ask, signal, resolve } of waiting) {
      this.#entries.delete(id)
      signal.onAbort = null
      resolve(this.books.admit(ask, signal))
    }
  }

  #granted(id: number): void {
    const entry = this.#entries.get(id)
    if (!entry || entry.held) return
    entry.held = this.books.hold(entry.ask)
    entry.signal.onAbort = null
    entry.resolve({
      settle: (used) => this.#end(entry, used),
      release: () => this.#end(entry, null),
    })
  }

  #answer(id: number, failure: Failure): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    entry.signal.onAbort = null
    entry.resolve(failure)
  }

  #end({ id, ask, held }: Entry, used: BudgetUse | null): void {
    if (!this.#entries.delete(id)) return
    if (!this.#remote) return used ? held?.settle(used) : held?.release()
    held?.release()
    if (!used) return this.#send?.({ kind: 'unreserve', id })
    // Until its entry comes back, nobody else may know of it.
    this.#unheard.set(id, this.books.spending(ask, used))
    this.#send?.({ kind: 'spend', id, used })
  }
}
