import type { Account } from './account.ts'
import type { Cap, CapName } from './caps.ts'
import { reachedEvent, warningEvent, type BudgetEvent, type Refusal } from './messages.ts'

const WARN_AT = 0.8

/** What is said of caps: everything once, until caps are changed, or the day is. */
export class Announcements {
  readonly #tell: ((event: BudgetEvent) => void) | undefined
  readonly #warned = new Set<CapName>()
  readonly #reached = new Set<CapName>()

  constructor(tell: ((event: BudgetEvent) => void) | undefined) {
    this.#tell = tell
  }

  /** Warns when most of a cap is spent. */
  spent(caps: readonly Cap[], account: Account): void {
    for (const cap of caps) {
      const spent = account.spent(cap.amount)
      if (spent < cap.limit * WARN_AT || this.#warned.has(cap.name)) continue
      this.#warned.add(cap.name)
      this.#tell?.(warningEvent(cap, spent))
    }
  }

  /**
   * Each rollout that reaches its cap is said once; calls too large for any rollout are said once altogether.
   *
   * @param rollout the account of a rollout whose own cap it is
   */
  refused(refusal: Refusal, rollout: Account | null): void {
    const { cap } = refusal
    if (rollout ? rollout.announced : this.#reached.has(cap.name)) return
    if (rollout) rollout.announced = true
    else this.#reached.add(cap.name)
    this.#tell?.(reachedEvent({ ...refusal, rollout: rollout ? refusal.rollout : null }))
  }

  /** These caps count anew. */
  forget(caps: readonly Cap[]): void {
    for (const { name } of caps) {
      this.#warned.delete(name)
      this.#reached.delete(name)
    }
  }

  forgetAll(): void {
    this.#warned.clear()
    this.#reached.clear()
  }
}
