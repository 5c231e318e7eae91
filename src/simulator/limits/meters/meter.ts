/**
 * Counts what one limit has let through. Times are milliseconds of the twin's clock and never go back.
 * Everything but `advance` speaks of the moment of the last `advance`.
 */
export interface Meter {
  readonly limit: number
  advance(now: number): void
  /** An amount above the limit fits an unused meter; who must refuse it for good asks `limit` first. */
  fits(amount: number): boolean
  take(amount: number): void
  giveBack(amount: number): void
  /** What is in use, as the whole number OpenAI prints. */
  shownUsed(): number
  /** Whole milliseconds after which `amount` fits, if nobody else spends; asked only when it does not fit. */
  waitMs(amount: number): number
  /** Whole milliseconds until nothing is in use. */
  resetMs(): number
  /** A new limit, and the share of it that another user spends. */
  change(limit: number, foreignShare: number): void
}
