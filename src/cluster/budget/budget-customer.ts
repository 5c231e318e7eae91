import type { Failure } from '../../call/outcome.ts'
import type { BudgetAsk, BudgetUse, Reservation } from '../../policy/budget/terms.ts'
import type { BudgetDesk } from './budget-desk.ts'
import type { BudgetGuestMessage, BudgetHello, BudgetHostMessage } from './budget-wire.ts'
import { WaitingAsks } from '../waiting-asks.ts'

/** A process that spends from a budget it does not keep. */
export class BudgetCustomer {
  readonly send: (message: BudgetHostMessage) => void
  readonly #desk: BudgetDesk
  readonly #waiting = new WaitingAsks<number, Reservation | Failure>({
    answered: (id, answer) => this.#answered(id, answer),
    unwanted: (answer) => 'release' in answer && answer.release(),
  })
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
    this.#waiting.leaveAll()
    for (const reservation of this.#reserved.values())
      reservation.settle({ microDollars: null, output: null })
    this.#reserved.clear()
  }

  #reserve(id: number, ask: BudgetAsk): void {
    this.#waiting.ask(id, (signal) => this.#desk.books.admit(ask, signal))
  }

  #answered(id: number, answer: Reservation | Failure): void {
    if (!('release' in answer)) return this.send({ kind: 'unaffordable', id, failure: answer })
    this.#reserved.set(id, answer)
    this.send({ kind: 'reserved', id })
  }

  #unreserve(id: number): void {
    this.#waiting.leave(id)
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
