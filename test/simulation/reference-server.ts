import type { GateHeaders } from '../../src/policy/gate.ts'

/** `bucket`: refills evenly. `fixed`: counted anew every window. `sliding`: what was let in within the last window. */
export type MeterKind = 'bucket' | 'fixed' | 'sliding'

/** What a request weighs, in true terms. */
export interface Weight {
  readonly bodyBytes: number
  readonly maxOutput: number | null
  readonly choices: number
}

export interface ServerSettings {
  readonly rpm: number
  readonly tpm: number
  /** Milliseconds in which a limit refills; a minute unless time is compressed. */
  readonly windowMs?: number
  /** An additional bucket of this length. */
  readonly quantumMs?: number
  readonly charge: (weight: Weight) => number
  readonly headers: 'all' | 'none' | 'successes'
  /** Refusals say the figures (OpenAI) or nothing at all. */
  readonly words: 'openai' | 'bare'
  /** What bare refusals say in `retry-after`, meant or not. */
  readonly toldMs?: number
  readonly kind?: MeterKind
  /** Part of every limit that somebody else spends at a time. */
  readonly foreign?: (at: number) => number
  /** Factor on every limit at a time. */
  readonly scale?: (at: number) => number
  /** True while the account is empty: everything is refused, and nothing is charged. */
  readonly empty?: (at: number) => boolean
  /** What the server may remember of an earlier process: part of every bucket that is used at the start. */
  readonly used?: number
}

export interface Verdict {
  readonly allowed: boolean
  /** Refused because the account is empty. */
  readonly quota: boolean
  readonly headers: GateHeaders
  readonly message: string | null
  readonly retryAfterMs: number | null
}

export interface Account {
  readonly tokens: number
  readonly requests: number
  readonly availableTokens: number
  readonly availableRequests: number
}

class Meter {
  used = 0
  at = 0
  readonly base: number
  readonly windowMs: number
  readonly kind: MeterKind
  /** What a sliding window still holds, oldest first. */
  readonly #taken: { readonly at: number; readonly amount: number }[] = []

  constructor(base: number, windowMs: number, kind: MeterKind) {
    this.base = base
    this.windowMs = windowMs
    this.kind = kind
  }

  limit(scale: number): number {
    return this.base * scale
  }

  advance(now: number, scale: number, foreign: number): void {
    const elapsed = now - this.at
    const limit = this.limit(scale)
    if (this.kind === 'bucket') {
      this.used = Math.max(0, this.used - ((limit * (1 - foreign)) / this.windowMs) * elapsed)
    } else if (this.kind === 'sliding') {
      while (this.#taken[0] && this.#taken[0].at <= now - this.windowMs) this.#taken.shift()
      this.used = this.#taken.reduce((sum, { amount }) => sum + amount, limit * foreign)
    } else if (Math.floor(now / this.windowMs) !== Math.floor(this.at / this.windowMs)) {
      this.used = limit * foreign
    }
    this.used = Math.min(this.used, limit)
    this.at = now
  }

  take(amount: number): void {
    this.used += amount
    if (this.kind === 'sliding') this.#taken.push({ at: this.at, amount })
  }

  fits(amount: number, scale: number): boolean {
    return this.used + Math.min(amount, this.limit(scale)) <= this.limit(scale) + 1e-6
  }
}

interface Policed {
  readonly unit: 'requests' | 'tokens'
  readonly meter: Meter
  /** The limit itself, not its quantum. */
  readonly whole: boolean
}

/** A server that polices requests and tokens as OpenAI is believed to, written apart from the limiter's own model. */
export class ReferenceServer {
  readonly #settings: ServerSettings
  readonly #meters: Policed[]
  #available = 0
  #at = 0
  admittedTokens = 0
  admittedRequests = 0
  refused = 0
  refusedForQuota = 0

  constructor(settings: ServerSettings) {
    this.#settings = settings
    const { rpm, tpm, windowMs = 60_000, quantumMs, kind = 'bucket', used = 0 } = settings
    const meters = (part: number, whole: boolean) => [
      {
        unit: 'requests' as const,
        meter: new Meter(rpm * part, windowMs * part, whole ? kind : 'bucket'),
        whole,
      },
      {
        unit: 'tokens' as const,
        meter: new Meter(tpm * part, windowMs * part, whole ? kind : 'bucket'),
        whole,
      },
    ]
    this.#meters = [...meters(1, true), ...(quantumMs ? meters(quantumMs / windowMs, false) : [])]
    for (const { meter, whole } of this.#meters) if (whole) meter.used = used * meter.base
  }

  /** What was spent and could have been spent so far, without the stock of the start. */
  account(now: number): Account {
    this.#accrue(now)
    const { rpm, tpm } = this.#settings
    return {
      tokens: this.admittedTokens,
      requests: this.admittedRequests,
      availableTokens: this.#available,
      availableRequests: (this.#available * rpm) / tpm,
    }
  }

  available(now: number): number {
    return this.account(now).availableTokens
  }

  request(now: number, weight: Weight): Verdict {
    const { scale = () => 1, foreign = () => 0, empty = () => false, charge } = this.#settings
    this.#accrue(now)
    if (empty(now)) {
      this.refusedForQuota += 1
      return {
        allowed: false,
        quota: true,
        headers: {},
        message: 'You exceeded your current quota.',
        retryAfterMs: null,
      }
    }
    const factor = scale(now)
    const tokens = Math.max(1, Math.round(charge(weight)))
    for (const { meter } of this.#meters) meter.advance(now, factor, foreign(now))
    const amount = (unit: 'requests' | 'tokens'): number => (unit === 'requests' ? 1 : tokens)
    const tooLarge = tokens > this.#settings.tpm * factor
    const blocking = this.#meters.find(({ unit, meter }) => !meter.fits(amount(unit), factor))
    if (tooLarge || blocking) {
      this.refused += 1
      const requests = this.#meters[0]!.meter
      if (requests.fits(1, factor)) requests.take(1)
      return this.#refusal(blocking ?? this.#meters[1]!, tokens, factor, tooLarge)
    }
    for (const { unit, meter } of this.#meters) meter.take(amount(unit))
    this.admittedTokens += tokens
    this.admittedRequests += 1
    return {
      allowed: true,
      quota: false,
      headers: this.#headers('successes', factor),
      message: null,
      retryAfterMs: null,
    }
  }

  #accrue(now: number): void {
    const { scale = () => 1, foreign = () => 0, empty = () => false, tpm, windowMs = 60_000 } = this.#settings
    if (!empty(now))
      this.#available += ((tpm * scale(now) * (1 - foreign(now))) / windowMs) * (now - this.#at)
    this.#at = now
  }

  #refusal(blocking: Policed, tokens: number, factor: number, tooLarge: boolean): Verdict {
    const headers = this.#headers('refusals', factor)
    const { words, toldMs = null } = this.#settings
    if (words === 'bare')
      return { allowed: false, quota: false, headers, message: null, retryAfterMs: toldMs }
    const { unit } = blocking
    const { meter } = this.#meters.find((one) => one.whole && one.unit === unit)!
    const amount = unit === 'requests' ? 1 : tokens
    const limit = meter.limit(factor)
    const used = Math.ceil(meter.used)
    const lacking = blocking.meter.used + amount - blocking.meter.limit(factor)
    const wait = Math.max(1, Math.floor((lacking * meter.windowMs) / limit))
    const metric = unit === 'requests' ? 'requests per min (RPM)' : 'tokens per min (TPM)'
    const figures = tooLarge ? `Requested ${amount}.` : `Used ${used}, Requested ${amount}.`
    return {
      allowed: false,
      quota: false,
      headers,
      message: `Rate limit reached for m in organization o on ${metric}: Limit ${limit}, ${figures} Please try again in ${wait}ms.`,
      retryAfterMs: Math.ceil(wait / 1000) * 1000,
    }
  }

  #headers(kind: 'successes' | 'refusals', factor: number): GateHeaders {
    const { headers } = this.#settings
    if (headers === 'none' || (headers === 'successes' && kind === 'refusals')) return {}
    const found: Record<string, string> = {}
    for (const { unit, meter, whole } of this.#meters) {
      if (!whole) continue
      const limit = Math.round(meter.limit(factor))
      const used = Math.ceil(meter.used)
      found[`x-ratelimit-limit-${unit}`] = String(limit)
      found[`x-ratelimit-remaining-${unit}`] = String(Math.max(0, limit - used))
      found[`x-ratelimit-reset-${unit}`] = `${Math.floor((used * meter.windowMs) / limit)}ms`
    }
    return found
  }
}
