import type { Failure } from '../call/outcome.ts'
import { Account, RolloutAccounts } from './budget/account.ts'
import type { Amounts, BudgetCaps, Cap, CapName, CapTable } from './budget/caps.ts'
import { capTable } from './budget/caps.ts'
import type { Refusal } from './budget/messages.ts'
import { budgetExceeded, priceUnknown, reachedEvent, warningEvent } from './budget/messages.ts'
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
import type { Retried, Waiter } from './budget/waiting-line.ts'
import { WaitingLine } from './budget/waiting-line.ts'
import type { AdmissionSignal } from './gate.ts'
import { callerLeft } from './refusals.ts'

export type { BudgetAsk, BudgetOptions, BudgetState, Reservation } from './budget/terms.ts'

const DAY_MS = 86_400_000
const WARN_AT = 0.8
const MAX_ROLLOUTS = 200_000

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
  readonly #rollouts: RolloutAccounts
  readonly #line = new WaitingLine()
  readonly #run = new Account()
  #day = new Account()
  #dayNumber: number
  #given: BudgetCaps
  #caps: CapTable
  #tracksRollouts = false
  #conversations = false
  #refused = 0
  readonly #warned = new Set<CapName>()
  readonly #reached = new Set<CapName>()

  constructor(options: BudgetOptions) {
    this.#options = options
    this.#rollouts = new RolloutAccounts(options.maxRollouts ?? MAX_ROLLOUTS)
    this.#dayNumber = this.#today()
    this.#given = options.caps
    this.#caps = this.#use(options.caps)
  }

  /** Takes over what this run, this day and their rollouts have spent before this process. Before the first call. */
  restore(past: Past): void {
    this.#run.add(past.run)
    if (this.#isToday(past)) this.#day.add(past.day)
    if (this.#tracksRollouts) {
      for (const [rollout, spent] of past.rollouts) this.#rollouts.open(rollout).add(spent)
    }
    this.#warn()
  }

  get past(): Past {
    this.#turnDay()
    return {
      run: this.#run.spentAmounts,
      day: this.#day.spentAmounts,
      dayNumber: this.#dayNumber,
      rollouts: [...this.#rollouts.spent()],
    }
  }

  replace(past: Past): void {
    this.#run.replaceSpent(past.run)
    if (this.#isToday(past)) this.#day.replaceSpent(past.day)
    if (this.#tracksRollouts) {
      for (const [rollout, spent] of past.rollouts) this.#rollouts.open(rollout).replaceSpent(spent)
    }
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
    const { rollout } = spending
    this.#run.add(spending)
    this.#day.add(spending)
    if (this.#tracksRollouts && rollout !== null) this.#rollouts.open(rollout).add(spending)
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
    this.#warned.clear()
    this.#reached.clear()
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
    const caps = [...this.#caps.run, ...this.#caps.day].map((cap) => {
      const account = cap.scope === 'run' ? this.#run : this.#day
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
      rollouts: this.#rollouts.size,
      forgottenRollouts: this.#rollouts.forgotten,
    }
  }

  #use(caps: BudgetCaps): CapTable {
    const table = capTable(caps)
    const capped = table.run.length + table.day.length > 0
    this.#tracksRollouts = table.rollout.length > 0 || (capped && this.#options.onCap === 'finish_started')
    return table
  }

  #ask(ask: BudgetAsk): Reservation | Failure | Wait {
    this.#turnDay()
    if (ask.continuation) this.#conversations = true
    const rollout = ask.rollout === null ? undefined : this.#rollouts.find(ask.rollout)
    const amounts: Amounts = { microDollars: ask.microDollars ?? 0, calls: ask.calls, output: ask.output }
    const begun = this.#hasBegun(ask)
    const verdict =
      (ask.rollout === null ? null : this.#fits(this.#caps.rollout, rollout ?? EMPTY, ask, amounts, true)) ??
      this.#fits(this.#caps.run, this.#run, ask, amounts, begun) ??
      this.#fits(this.#caps.day, this.#day, ask, amounts, begun)
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
    const account = ask.rollout === null ? undefined : this.#rollouts.find(ask.rollout)
    return account !== undefined && (account.spentCalls > 0 || account.open > 0)
  }

  #refuse(refusal: Refusal, account: Account): Failure {
    this.#refused += 1
    const { cap } = refusal
    // Each rollout that reaches its cap is said once; calls too large for any rollout are said once altogether.
    const own = cap.scope === 'rollout' && account !== EMPTY
    if (own ? !account.announced : !this.#reached.has(cap.name)) {
      if (own) account.announced = true
      else this.#reached.add(cap.name)
      this.#options.event?.(reachedEvent({ ...refusal, rollout: own ? refusal.rollout : null }))
    }
    return budgetExceeded(refusal)
  }

  #grant(ask: BudgetAsk, amounts: Amounts): Reservation {
    const day = this.#day
    const rollout = this.#tracksRollouts && ask.rollout !== null ? this.#rollouts.open(ask.rollout) : null
    this.#run.reserve(amounts)
    day.reserve(amounts)
    rollout?.reserve(amounts)
    let open = true
    const end = (spent: Amounts): void => {
      if (!open) return
      open = false
      this.#run.settle(amounts, spent)
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
    for (const cap of this.#caps.run) this.#warnAt(cap, this.#run)
    for (const cap of this.#caps.day) this.#warnAt(cap, this.#day)
  }

  #warnAt(cap: Cap, account: Account): void {
    const spent = account.spent(cap.amount)
    if (spent < cap.limit * WARN_AT || this.#warned.has(cap.name)) return
    this.#warned.add(cap.name)
    this.#options.event?.(warningEvent(cap, spent))
  }

  /** At midnight (UTC) the day's account begins anew; calls under way stay on the day that let them go. */
  #turnDay(): void {
    const today = this.#today()
    if (today === this.#dayNumber) return
    this.#dayNumber = today
    this.#day = new Account()
    for (const cap of this.#caps.day) {
      this.#warned.delete(cap.name)
      this.#reached.delete(cap.name)
    }
  }

  #isToday({ dayNumber }: Past): boolean {
    this.#turnDay()
    return dayNumber === undefined || dayNumber === this.#dayNumber
  }

  #today(): number {
    return Math.floor(this.#options.clock.wall() / DAY_MS)
  }
}

const NOTHING: Amounts = { microDollars: 0, calls: 0, output: 0 }
const EMPTY = new Account()
