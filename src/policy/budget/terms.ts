import type { Failure } from '../../call/outcome.ts'
import type { Clock } from '../../lib/clock.ts'
import type { AdmissionSignal } from '../gate.ts'
import type { Amounts, BudgetCaps, CapName } from './caps.ts'
import type { BudgetEvent } from './messages.ts'

/** What one attempt may use up at most. */
export interface BudgetAsk {
  /** The rollout, else the session: what `rollout_…` caps count by. Null counts towards the run and the day only. */
  readonly rollout: string | null
  /** The worst case of the request; null when no price is known. */
  readonly microDollars: number | null
  /** Output tokens: the request's own bound or the model's, × choices. */
  readonly output: number
  /** 1 for the first attempt of a call, 0 for its later ones. */
  readonly calls: number
  /** The request goes on with a conversation. */
  readonly continuation: boolean
}

/** What was really used; null where that is not known, and then what was reserved counts as spent. */
export interface BudgetUse {
  readonly microDollars: number | null
  readonly output: number | null
}

/** Money set aside for one attempt. Ended exactly once, by one of the two. */
export interface Reservation {
  /** The attempt ran, or may have. */
  settle(used: BudgetUse): void
  /** Nothing ran: everything is given back. */
  release(): void
}

/** What something was spent on. */
export interface Spending extends Amounts {
  readonly rollout: string | null
}

/** What has been spent: plain JSON. The day's amounts are those of the day (UTC) with this number. */
export interface Past {
  readonly run: Amounts
  readonly day: Amounts
  readonly dayNumber?: number
  readonly rollouts: Iterable<readonly [rollout: string, spent: Amounts]>
}

/** A budget as several processes keep it together: one decides, the others have a copy of its books. */
export interface Books {
  readonly capped: boolean
  /** Told of everything that is spent, by whomever. */
  onSpent: ((spending: Spending) => void) | null
  admit(ask: BudgetAsk, signal: AdmissionSignal): Reservation | Failure | Promise<Reservation | Failure>
  /** Money that was set aside elsewhere: counted as reserved, whatever the caps say. */
  hold(ask: BudgetAsk): Reservation
  /** What an attempt comes to: what it used, or all it might have where that is not known. */
  spending(ask: BudgetAsk, used: BudgetUse): Spending
  /** Something was spent elsewhere. */
  note(spending: Spending): void
  readonly past: Past
  /** Adds what was spent before, or elsewhere. */
  restore(past: Past): void
  /** Takes over what was spent; what is reserved here stays reserved. */
  replace(past: Past): void
  change(caps: BudgetCaps): void
}

export interface BudgetOptions {
  readonly caps: BudgetCaps
  /**
   * `stop`: every call may use the whole cap. `finish_started`: once a conversation has been seen, the last tenth of each
   * run and day cap is kept for rollouts that have begun. Either way nothing goes beyond a cap.
   */
  readonly onCap: 'finish_started' | 'stop'
  /** Calls without a price under a `…_usd` cap: refused, since the cap could not be kept, or let through at zero. */
  readonly unknownPrice?: 'refuse' | 'allow'
  readonly clock: Pick<Clock, 'wall'>
  /** Told when 80 % of a run or day cap are spent, and when a cap refuses for the first time. */
  readonly event?: (event: BudgetEvent) => void
  /** Rollouts remembered. */
  readonly maxRollouts?: number
}

/** One cap and how far it is used. */
export interface CapState {
  readonly cap: CapName
  readonly limit: number
  readonly spent: number
  readonly reserved: number
}

export interface BudgetState {
  /** Run and day caps. */
  readonly caps: readonly CapState[]
  readonly refused: number
  readonly waiting: number
  readonly rollouts: number
  /** Rollouts that would start from nothing again, because very many came after them. */
  readonly forgottenRollouts: number
}
