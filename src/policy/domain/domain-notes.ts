import type { ChangeKind } from '../admission-options.ts'
import { clockTime } from '../clock-time.ts'
import { durationText } from '../duration-text.ts'
import { limitLabel } from '../quota/dimension-name.ts'
import type { ForeignUse } from '../quota/foreign-use.ts'
import type { QuotaDimension } from '../quota/quota-dimension.ts'

/** A discovered rate is told again when it has changed by so much. */
const WORTH_TELLING = 0.25
const MINUTE_MS = 60_000

/** Puts a domain's changes of state into one sentence each. */
export class DomainNotes {
  readonly #name: string
  readonly #wall: () => number
  readonly #tell: (kind: ChangeKind, message: string) => void
  readonly #untold = new Map<QuotaDimension, number | null>()
  #toldPerMinute = 0
  #toldAllowed: number | null = null

  constructor(name: string, wall: () => number, tell: (kind: ChangeKind, message: string) => void) {
    this.#name = name
    this.#wall = wall
    this.#tell = tell
  }

  /** Kept until `tellLimits`: the headers of a refusal do not say whether they are about minutes or days, its message does. */
  limit(dimension: QuotaDimension, before: number | null): void {
    if (!this.#untold.has(dimension)) this.#untold.set(dimension, before)
  }

  tellLimits(): void {
    for (const [{ name, limit, source, windowMs }, before] of this.#untold) {
      // It has turned out to be another one's.
      if (limit === null) continue
      const was = before === null || before === limit ? '' : `, it was ${before}`
      const label = limitLabel(name, windowMs)
      this.#tell('limit', `The limit of ${this.#name} is ${limit} ${label} (${source}${was}).`)
    }
    this.#untold.clear()
  }

  /** The first refusal by a limit that nobody has told. */
  refusedUntold(): void {
    this.#tell(
      'discovery',
      `The host refuses calls of ${this.#name} without telling its limits: single ones find out when it takes them again.`,
    )
  }

  discovered(perMinute: number | null): void {
    if (perMinute === null || Math.abs(perMinute / this.#toldPerMinute - 1) < WORTH_TELLING) return
    this.#toldPerMinute = perMinute
    const rounded = perMinute < 10 ? perMinute.toFixed(1) : Math.round(perMinute)
    this.#tell(
      'discovery',
      `The host refuses without telling its limits; about ${rounded} requests per minute pass for ${this.#name}, ` +
        'and calls are spaced accordingly.',
    )
  }

  foreignUse({ since, fraction, label }: ForeignUse): void {
    const message =
      since === null
        ? `Nobody else spends a noticeable part of the limits of ${this.#name} any more.`
        : `${Math.round(fraction * 100)} % of the ${label} of ${this.#name} are being spent by somebody else since ${clockTime(since, this.#wall())}.`
    this.#tell('foreign_use', message)
  }

  /** Null: as many at a time as the limits allow. The same number again is no news. */
  overloaded(allowed: number | null): void {
    if (allowed === this.#toldAllowed) return
    this.#toldAllowed = allowed
    this.#tell(
      'overloaded',
      allowed === null
        ? `The overload is over: as many requests of ${this.#name} at a time as its limits allow.`
        : `The upstream is overloaded; ${this.#name} goes down to ${allowed} requests at a time.`,
    )
  }

  slowDown(tokensPerMs: number): void {
    const rate = Math.round(tokensPerMs * MINUTE_MS)
    this.#tell(
      'slow_down',
      `The upstream asked to slow down; ${this.#name} goes down to ${rate} tokens per minute and rises slowly.`,
    )
  }

  paused(ms: number, reason: string): void {
    this.#tell(
      'paused',
      `Nothing is sent for ${this.#name} for ${durationText(ms)}, until ${this.#clockIn(ms)}: ${reason}.`,
    )
  }

  /** A day's limit that headers had told of: calls go on one by one, as it refills. */
  usedUp(reason: string, ms: number): void {
    this.#tell(
      'paused',
      `The next call of ${this.#name} goes in ${durationText(ms)}, at ${this.#clockIn(ms)}: ${reason}.`,
    )
  }

  #clockIn(ms: number): string {
    const now = this.#wall()
    return clockTime(now + ms, now)
  }
}
