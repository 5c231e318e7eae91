import type { Account } from './account.ts'

/** What a waiting call hears when it tries again. */
export type Retried =
  /** It has its answer, or has left. */
  | 'done'
  /** The run or the day is still full. */
  | 'wait'
  /** Other calls of its own rollout stand in its way. */
  | Account

/** A call that waits for calls under way to be settled. */
export interface Waiter {
  /** Its rollout has begun: it goes before those that would begin one. */
  readonly begun: boolean
  retry(): Retried
  /** Where it waits; the line keeps this. */
  place: Set<Waiter> | null
}

/**
 * Calls that wait for money, first come first served, rollouts that have begun before new ones. A call that waits for its
 * own rollout stands aside until a call of that rollout ends, so that it holds up nobody else.
 */
export class WaitingLine {
  readonly #begun = new Set<Waiter>()
  readonly #fresh = new Set<Waiter>()
  readonly #aside = new Map<Account, Set<Waiter>>()

  get length(): number {
    let aside = 0
    for (const waiters of this.#aside.values()) aside += waiters.size
    return this.#begun.size + this.#fresh.size + aside
  }

  /** @param rollout the account that has to be settled first; null for the run or the day */
  add(waiter: Waiter, rollout: Account | null): void {
    waiter.place = rollout ? this.#asideOf(rollout) : waiter.begun ? this.#begun : this.#fresh
    waiter.place.add(waiter)
  }

  /** The caller has left. */
  remove(waiter: Waiter): void {
    waiter.place?.delete(waiter)
    waiter.place = null
  }

  /** Something was settled: lets go whom that helps. */
  advance(rollout: Account | null): void {
    if (rollout?.awaited) this.#advanceAside(rollout)
    this.#advanceLine(this.#begun)
    if (this.#begun.size === 0) this.#advanceLine(this.#fresh)
  }

  /** The caps have changed: everybody tries again. */
  advanceAll(): void {
    // A copy, because those who still have to wait come back into the map.
    const accounts = Array.from(this.#aside.keys())
    for (const account of accounts) this.#advanceAside(account)
    this.advance(null)
  }

  #asideOf(rollout: Account): Set<Waiter> {
    let waiters = this.#aside.get(rollout)
    if (!waiters) {
      waiters = new Set()
      this.#aside.set(rollout, waiters)
      rollout.awaited = true
    }
    return waiters
  }

  #advanceAside(account: Account): void {
    const waiters = this.#aside.get(account) ?? []
    this.#aside.delete(account)
    account.awaited = false
    for (const waiter of waiters) {
      const retried = waiter.retry()
      if (retried !== 'done') this.add(waiter, retried === 'wait' ? null : retried)
    }
  }

  /** Serves from the head until one has to wait; the rest keep their places. */
  #advanceLine(line: Set<Waiter>): void {
    for (const waiter of line) {
      const retried = waiter.retry()
      if (retried === 'wait') return
      line.delete(waiter)
      if (retried !== 'done') this.add(waiter, retried)
    }
  }
}
