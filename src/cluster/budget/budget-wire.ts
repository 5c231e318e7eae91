import type { Failure } from '../../call/outcome.ts'
import type { BudgetAsk, BudgetUse, Past, Spending } from '../../policy/budget/terms.ts'

/** Caps by name and what happens at them: the terms of a budget, as JSON. */
export type BudgetTerms = Readonly<Record<string, string | number | null>>

/** A budget as a process brings it along. Budgets of the same terms are one. */
export interface BudgetHello {
  readonly terms: BudgetTerms
  readonly past: WirePast
  /** Whose past that is: runs, and days of servers. None is counted twice. */
  readonly sources: readonly string[]
  /** It has been in the books of another host. */
  readonly member: boolean
  /** Calls under way. */
  readonly held: readonly { readonly id: number; readonly ask: BudgetAsk }[]
  /** Spent, and in nobody else's books yet. */
  readonly unheard: readonly { readonly id: number; readonly spending: Spending }[]
}

export interface WirePast extends Past {
  readonly rollouts: readonly (readonly [string, Past['run']])[]
}

export type BudgetGuestMessage =
  | { readonly kind: 'reserve'; readonly id: number; readonly ask: BudgetAsk }
  | { readonly kind: 'unreserve'; readonly id: number }
  | { readonly kind: 'spend'; readonly id: number; readonly used: BudgetUse }
  | { readonly kind: 'caps'; readonly caps: BudgetTerms }

export type BudgetHostMessage =
  | { readonly kind: 'reserved'; readonly id: number }
  | { readonly kind: 'unaffordable'; readonly id: number; readonly failure: Failure }
  /** Everything that was spent so far. */
  | { readonly kind: 'books'; readonly past: WirePast; readonly sources: readonly string[] }
  /** Something was spent. `id`: by a call of the one who hears it. */
  | { readonly kind: 'entry'; readonly spending: Spending; readonly id: number | null }
  | { readonly kind: 'caps'; readonly caps: BudgetTerms }
