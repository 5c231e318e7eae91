import type { Failure } from '../call/outcome.ts'
import { Account } from './budget/account.ts'
import { Accounts } from './budget/accounts.ts'
import { Announcements } from './budget/announcements.ts'
import { capTable, type Amounts, type BudgetCaps, type Cap, type CapTable } from './budget/caps.ts'
import { budgetExceeded, priceUnknown, type Refusal } from './budget/messages.ts'
import type {
  BudgetAsk,
  BudgetOptions,
  BudgetState,
  BudgetUse,
  Books,
  Past,
  Reservation,
  Spending,
} from './budget/terms.ts'
import { WaitingLine, type Retried, type Waiter } from './budget/waiting-line.ts'
import type { AdmissionSignal } from './gate.ts'
import { callerLeft } from './refusals.ts'

export type { BudgetAsk, BudgetOptions, BudgetState, Reservation } from './budget/terms.ts'

/** Someone has to wait: for calls of one rollout, or (null) of the run or the day. */
interface Wait {
  readonly waitFor: Account | null
}

/**
 * Caps on money, calls and output tokens, per run, day and rollout.
 *
 * The worst case of an attempt is reserved before it is sent, so spent + reserved never exceeds a cap however many calls
 * run at once; the true figure replaces it when the attempt ends. A call that does not fit beside the calls under way
 * waits for them; one that would not fit even alone is refused for good.
 */
export class Budget implements Books {
  onSpent: ((spending: Spending) => void) | null = null
  readonly #options: BudgetOptions
  readonly #accounts: Accounts
  readonly #said: Announcements
  readonly #line = new WaitingLine()
  #given: BudgetCaps
  #caps: CapTable
  #conversations = false
  #refused = 0

  constructor(options: BudgetOptions) {
    this.#options = options
    this.#accounts = new Accounts(() => options.clock.wall(), options.maxRollouts)
    this.#said = new Announcements(options.event)
    this.#given = options.caps
    this.#caps = this.#use(options.caps)
  }

  /** Takes over what this run, this day and their rollouts have spent before this process. Before the first call. */
  restore(past: Past): void {
    this.#turnDay()
    this.#accounts.restore(past)
    this.#warn()
  }

  get past(): Past {
    this.#turnDay()
    return this.#accounts.past
  }

  replace(past: Past): void {
    this.#turnDay()
    this.#accounts.replace(past)
    this.#warn()
    this.#line.advanceAll()
  }

  hold(ask: BudgetAsk): Reservation {
    this.#turnDay()
    return this.#grant(ask, { microDollars: ask.microDollars ?? 0, calls: ask.calls, output: ask.output })
  }

  spending(ask: BudgetAsk, used: BudgetUse): Spending {
    return {
      rollout: ask.rollout,
      microDollars: used.microDollars ?? ask.microDollars ?? 0,
      calls: ask.calls,
      output: used.output ?? ask.output,
    }
  }

  note(spending: Spending): void {
    this.#turnDay()
    this.#accounts.add(spending)
    this.#warn()
    this.onSpent?.(spending)
  }

  /** Reserves at once, or refuses for good, or says that calls under way have to end first. */
  reserve(ask: BudgetAsk): Reservation | Failure | 'wait' {
    const answer = this.#ask(ask)
    return 'waitFor' in answer ? 'wait' : answer
  }

  /** Like `reserve`, but waits where that helps. `signal.onAbort` takes the caller out of the line. */
  admit(ask: BudgetAsk, signal: AdmissionSignal): Reservation | Failure | Promise<Reservation | Failure> {
    const answer = this.#ask(ask)
    if (!('waitFor' in answer)) return answer
    return new Promise((resolve) => {
      const retry = (): Retried => {
        const later = this.#ask(ask)
        if ('waitFor' in later) return later.waitFor ?? 'wait'
        signal.onAbort = null
        resolve(later)
        return 'done'
      }
      const waiter: Waiter = { begun: this.#hasBegun(ask), retry, place: null }
      this.#line.add(waiter, answer.waitFor)
      // Not assigned straight to the property: V8 takes such function literals for long-lived.
      const leave = (): void => {
        this.#line.remove(waiter)
        resolve(callerLeft())
      }
      signal.onAbort = leave
    })
  }

  /** Changes caps while running; null removes one, what is not named stays. Waiting calls try again at once. */
  change(caps: BudgetCaps): void {
    this.#given = { ...this.#given, ...caps }
    this.#caps = this.#use(this.#given)
    this.#said.forgetAll()
    this.#warn()
    this.#line.advanceAll()
  }

  /** True while any cap is set: without one nothing needs to be reserved. */
  get capped(): boolean {
    const { run, day, rollout } = this.#caps
    return run.length + day.length + rollout.length > 0
  }

  get state(): BudgetState {
    this.#turnDay()
    const { run, day, rollouts } = this.#accounts
    const caps = [...this.#caps.run, ...this.#caps.day].map((cap) => {
      const account = cap.scope === 'run' ? run : day
      return {
        cap: cap.name,
        limit: cap.limit,
        spent: account.spent(cap.amount),
        reserved: account.reserved(cap.amount),
      }
    })
    return {
      caps,
      refused: this.#refused,
      waiting: this.#line.length,
      rollouts: rollouts.size,
      forgottenRollouts: rollouts.forgotten,
    }
  }

  #use(caps: BudgetCaps): CapTable {
    const table = capTable(caps)
    const capped = table.run.length + table.day.length > 0
    this.#accounts.tracksRollouts =
      table.rollout.length > 0 || (capped && this.#options.onCap === 'finish_started')
    return table
  }

  #ask(ask: BudgetAsk): Reservation | Failure | Wait {
    this.#turnDay()
    const { run, day, rollouts } = this.#accounts
    if (ask.continuation) this.#conversations = true
    const rollout = ask.rollout === null ? undefined : rollouts.find(ask.rollout)
    const amounts: Amounts = { microDollars: ask.microDollars ?? 0, calls: ask.calls, output: ask.output }
    const begun = this.#hasBegun(ask)
    const verdict =
      (ask.rollout === null ? null : this.#fits(this.#caps.rollout, rollout ?? EMPTY, ask, amounts, true)) ??
      this.#fits(this.#caps.run, run, ask, amounts, begun) ??
      this.#fits(this.#caps.day, day, ask, amounts, begun)
    return verdict ?? this.#grant(ask, amounts)
  }

  /** Null when the amounts fit into every cap of an account. */
  #fits(
    caps: readonly Cap[],
    account: Account,
    ask: BudgetAsk,
    amounts: Amounts,
    begun: boolean,
  ): Failure | Wait | null {
    let wait: Wait | null = null
    for (const cap of caps) {
      if (
        cap.amount === 'microDollars' &&
        ask.microDollars === null &&
        this.#options.unknownPrice !== 'allow'
      ) {
        this.#refused += 1
        return priceUnknown(cap.name)
      }
      const kept = begun ? 0 : this.#kept(cap)
      const spent = account.spent(cap.amount)
      const asked = amounts[cap.amount]
      // A later attempt of a call asks for no further call, and may go on although the last call is counted.
      if (asked === 0 && cap.amount === 'calls') continue
      if (spent + asked > cap.limit - kept)
        return this.#refuse({ cap, spent, asked, kept, rollout: ask.rollout }, account)
      if (spent + account.reserved(cap.amount) + asked > cap.limit - kept) {
        wait = { waitFor: cap.scope === 'rollout' ? account : null }
      }
    }
    return wait
  }

  #kept(cap: Cap): number {
    return this.#options.onCap === 'finish_started' && this.#conversations ? Math.floor(cap.limit / 10) : 0
  }

  #hasBegun(ask: BudgetAsk): boolean {
    if (ask.continuation || ask.calls === 0) return true
    const account = ask.rollout === null ? undefined : this.#accounts.rollouts.find(ask.rollout)
    return account !== undefined && (account.spentCalls > 0 || account.open > 0)
  }

  #refuse(refusal: Refusal, account: Account): Failure {
    this.#refused += 1
    const ofRollout = refusal.cap.scope === 'rollout' && account !== EMPTY
    this.#said.refused(refusal, ofRollout ? account : null)
    return budgetExceeded(refusal)
  }

  #grant(ask: BudgetAsk, amounts: Amounts): Reservation {
    const { run, day } = this.#accounts
    const rollout = this.#accounts.open(ask.rollout)
    run.reserve(amounts)
    day.reserve(amounts)
    rollout?.reserve(amounts)
    let open = true
    const end = (spent: Amounts): void => {
      if (!open) return
      open = false
      run.settle(amounts, spent)
      day.settle(amounts, spent)
      rollout?.settle(amounts, spent)
      this.#warn()
      this.#line.advance(rollout)
    }
    return {
      settle: (used) => {
        if (!open) return
        const spending = this.spending(ask, used)
        end(spending)
        this.onSpent?.(spending)
      },
      release: () => end(NOTHING),
    }
  }

  #warn(): void {
    this.#said.spent(this.#caps.run, this.#accounts.run)
    this.#said.spent(this.#caps.day, this.#accounts.day)
  }

  #turnDay(): void {
    if (this.#accounts.turnDay()) this.#said.forget(this.#caps.day)
  }
}

const NOTHING: Amounts = { microDollars: 0, calls: 0, output: 0 }
const EMPTY = new Account()
