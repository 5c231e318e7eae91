/** A stretch of time in which one limit stays the same. */
export interface Supply {
  readonly from: number
  readonly limit: number
  /** The share that another user spends. */
  readonly foreignShare: number
  /** False while everything is refused; what refills then is kept up to the limit. */
  readonly open: boolean
}

/** What there was to spend by a moment; `available` is `initial` + what refilled, without `foreign`. */
export interface Capacity {
  readonly available: number
  /** Part of `available`: what the bucket held at the start. */
  readonly initial: number
  /** Spent by somebody else. */
  readonly foreign: number
}

/**
 * The most that a client who knows everything could have charged to a bucket between 0 and `until`:
 * it spends the initial stock and then every unit the moment it refills. No client can charge more
 * (but for the one millisecond of refill that the waiting law gives in advance).
 */
export function bucketCapacity(
  supplies: readonly Supply[],
  windowMs: number,
  initialUse: number,
  until: number,
): Capacity {
  const first = supplies[0]
  if (!first) return { available: 0, initial: 0, foreign: 0 }
  const initial = first.limit * (1 - initialUse)
  let available = 0
  let foreign = 0
  let held = initial
  let previous = first
  for (const [index, supply] of supplies.entries()) {
    if (supply.from > until) break
    held = Math.max(0, held + supply.limit - previous.limit)
    previous = supply
    const refill =
      (supply.limit / windowMs) * (Math.min(until, supplies[index + 1]?.from ?? Infinity) - supply.from)
    foreign += refill * supply.foreignShare
    held += refill * (1 - supply.foreignShare)
    if (supply.open) {
      available += held
      held = 0
    } else {
      held = Math.min(held, supply.limit)
    }
  }
  return { available, initial: Math.min(initial, available), foreign }
}

/** The same for limits counted in windows: each window gives the largest limit it was open with. */
export function windowCapacity(supplies: readonly Supply[], windowMs: number, until: number): Capacity {
  let available = 0
  let foreign = 0
  let initial = 0
  for (let start = 0; start <= until; start += windowMs) {
    let ours = 0
    let theirs = 0
    for (const [index, supply] of supplies.entries()) {
      const supplyEnd = supplies[index + 1]?.from ?? Infinity
      if (!supply.open || supply.from >= start + windowMs || supply.from > until || supplyEnd <= start)
        continue
      ours = Math.max(ours, supply.limit * (1 - supply.foreignShare))
      theirs = Math.max(theirs, supply.limit * supply.foreignShare)
    }
    available += ours
    foreign += theirs
    if (start === 0) initial = ours
  }
  return { available, initial, foreign }
}

/** What refilled for us in each of `bins` stretches of `binMs`, without any initial stock; for drawing the limit. */
export function refillPerBin(
  supplies: readonly Supply[],
  windowMs: number,
  binMs: number,
  bins: number,
): number[] {
  const refill = Array.from({ length: bins }, () => 0)
  for (const [index, supply] of supplies.entries()) {
    if (!supply.open) continue
    const perMs = (supply.limit / windowMs) * (1 - supply.foreignShare)
    const end = Math.min(supplies[index + 1]?.from ?? Infinity, bins * binMs)
    for (let bin = Math.floor(supply.from / binMs); bin * binMs < end; bin++) {
      refill[bin]! += perMs * (Math.min(end, (bin + 1) * binMs) - Math.max(supply.from, bin * binMs))
    }
  }
  return refill
}
