import type { RequestSize } from '../cost/charge-rule.ts'

const REMEMBERED = 128
/** Requests that do not reach the server in the order they were sent by more than this blur the figure. */
const BLUR_MS = 15

/**
 * Requests sent evenly say nothing: refill and charge cancel out, and what another user takes of the refill would pass for
 * a higher charge. Only those sent close together are looked at.
 */
const MOST_REFILL = 0.2

/** A request whose answer told what was left after it. */
interface Seen {
  readonly sequence: number
  readonly sentAt: number
  readonly size: RequestSize
  readonly tokens: number
  readonly remaining: number
}

/**
 * Finds what single requests were charged: of two requests sent one after the other, the second one's charge is what is
 * missing between their `remaining` figures, refill added.
 */
export class NeighbourCharges {
  readonly #seen: (Seen | undefined)[] = []

  /** `rate`: refill in tokens per ms. Returns the charges that have become visible: none, one or two. */
  add(
    request: Omit<Seen, 'remaining'>,
    remaining: number,
    limit: number,
    rate: number,
  ): readonly { size: RequestSize; charged: number }[] {
    const seen = { ...request, remaining }
    this.#seen[request.sequence % REMEMBERED] = seen
    const found: { size: RequestSize; charged: number }[] = []
    const pair = (earlier: Seen | undefined, later: Seen | undefined): void => {
      if (!earlier || !later || later.sequence !== earlier.sequence + 1) return
      const refill = rate * (later.sentAt - earlier.sentAt)
      if (later.tokens < rate * BLUR_MS || refill > MOST_REFILL * later.tokens) return
      const before = Math.min(limit, earlier.remaining + refill)
      const charged = before - later.remaining
      if (charged > 0) found.push({ size: later.size, charged })
    }
    pair(this.#seen[(request.sequence + REMEMBERED - 1) % REMEMBERED], seen)
    pair(seen, this.#seen[(request.sequence + 1) % REMEMBERED])
    return found
  }
}
