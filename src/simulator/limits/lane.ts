import type { Scenario } from '../scenarios/schema.ts'
import type { Dimension } from './dimension.ts'
import type { Domain } from './domain.ts'

/** A domain as one of its projects sees it: the organisation's limits and the project's own. */
export interface Lane {
  readonly domain: Domain
  /** Whole limits in the order in which they are looked at, then the quanta. */
  readonly dimensions: readonly Dimension[]
}

/** The limit that a request of so many tokens can never meet, however long it waits. */
export function oversized(lane: Lane, tokens: number): Dimension | null {
  for (const dimension of lane.dimensions) {
    if (dimension.unit === 'tokens' && !dimension.of && tokens > dimension.meter.limit) return dimension
  }
  return null
}

/** The first limit without room for one request of so many tokens. */
export function firstLack(lane: Lane, tokens: number): Dimension | null {
  for (const dimension of lane.dimensions) {
    if (!dimension.meter.fits(dimension.unit === 'tokens' ? tokens : 1)) return dimension
  }
  return null
}

/** Charges an admitted request to every limit. */
export function spend(lane: Lane, tokens: number): void {
  for (const dimension of lane.dimensions) {
    const amount = dimension.unit === 'tokens' ? tokens : 1
    dimension.meter.take(amount)
    dimension.admitted += amount
  }
}

/** What a refused attempt spends all the same, where every limit of the unit has room for it. */
export function burn(lane: Lane, tokens: number, rule: Scenario['charge']['failed_attempts']): void {
  if (rule === 'free') return
  burnUnit(lane, 'requests', 1)
  if (rule === 'all') burnUnit(lane, 'tokens', tokens)
}

function burnUnit(lane: Lane, unit: Dimension['unit'], amount: number): void {
  const ofUnit = (dimension: Dimension): boolean => dimension.unit === unit
  if (lane.dimensions.some((dimension) => ofUnit(dimension) && !hasRoom(dimension, amount))) return
  for (const dimension of lane.dimensions) {
    if (!ofUnit(dimension)) continue
    dimension.meter.take(amount)
    dimension.wasted += amount
  }
}

function hasRoom(dimension: Dimension, amount: number): boolean {
  return (dimension.of !== null || amount <= dimension.meter.limit) && dimension.meter.fits(amount)
}

/** Gives back what a finished request did not use. */
export function collect(lane: Lane, requests: number, tokens: number, now: number): void {
  lane.domain.advance(now)
  for (const dimension of lane.dimensions) {
    const amount = dimension.unit === 'tokens' ? tokens : requests
    dimension.meter.advance(now)
    dimension.meter.giveBack(amount)
    dimension.refunded += amount
  }
}
