import type { Attempt, Call } from '../call/call.ts'
import type { Clock } from '../lib/clock.ts'
import type { Observer } from './observer.ts'

/** What has happened since the start, in sums and in moving averages. Plain numbers for `/status` and `spotter top`. */
export interface LiveSnapshot {
  readonly calls: {
    readonly completed: number
    readonly incomplete: number
    readonly failed: number
    readonly cancelled: number
  }
  readonly attempts: number
  /** Calls per minute and tokens per minute over about the last minute. */
  readonly perMinute: { readonly calls: number; readonly inputTokens: number; readonly outputTokens: number }
  readonly tokens: {
    readonly input: number
    readonly cachedInput: number
    readonly cacheWrite: number
    readonly output: number
    readonly reasoning: number
  }
  /** Failed calls by reason. */
  readonly failures: Readonly<Record<string, number>>
  /** Attempts that were made again although the first may have run and been billed. */
  readonly possibleDoubleCharges: number
  readonly waitMs: { readonly p50: number; readonly p99: number }
  readonly firstByteMs: { readonly p50: number; readonly p99: number }
}

const MINUTE_MS = 60_000
const SAMPLES = 1024

/** Watches every call for the live view. O(1) per call; percentiles are of the last thousand. */
export class Live implements Observer {
  readonly name = 'live view'
  readonly #clock: Clock
  readonly #calls = { completed: 0, incomplete: 0, failed: 0, cancelled: 0 }
  readonly #tokens = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 }
  readonly #failures: Record<string, number> = {}
  #attempts = 0
  #doubleCharges = 0
  readonly #rate: { readonly calls: Rate; readonly input: Rate; readonly output: Rate }
  readonly #waits = new Float64Array(SAMPLES)
  readonly #firstBytes = new Float64Array(SAMPLES)
  #waited = 0
  #firstByteCount = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#rate = { calls: new Rate(), input: new Rate(), output: new Rate() }
  }

  attempted(_call: Call, _attempt: Attempt): void {
    this.#attempts += 1
  }

  settled(call: Call): undefined {
    const now = this.#clock.now()
    const { outcome } = call
    if (!outcome) return
    if (call.possibleDoubleCharge) this.#doubleCharges += 1
    this.#waits[this.#waited++ % SAMPLES] = call.queuedMs + call.backoffMs
    if (call.firstByteAt > 0) {
      this.#firstBytes[this.#firstByteCount++ % SAMPLES] = call.firstByteAt - call.arrival.arrivedAt
    }
    if (outcome.kind === 'cancelled') this.#calls.cancelled += 1
    else if (outcome.kind === 'failed') {
      this.#calls.failed += 1
      this.#failures[outcome.failure.reason] = (this.#failures[outcome.failure.reason] ?? 0) + 1
    } else if (outcome.facts.status === 'incomplete') this.#calls.incomplete += 1
    else this.#calls.completed += 1
    this.#rate.calls.add(1, now)
    const usage = call.facts?.usage
    if (!usage) return
    this.#tokens.input += usage.input
    this.#tokens.cachedInput += usage.cachedInput
    this.#tokens.cacheWrite += usage.cacheWrite
    this.#tokens.output += usage.output
    this.#tokens.reasoning += usage.reasoning
    this.#rate.input.add(usage.input, now)
    this.#rate.output.add(usage.output, now)
  }

  snapshot(): LiveSnapshot {
    const now = this.#clock.now()
    return {
      calls: { ...this.#calls },
      attempts: this.#attempts,
      perMinute: {
        calls: this.#rate.calls.perMinute(now),
        inputTokens: this.#rate.input.perMinute(now),
        outputTokens: this.#rate.output.perMinute(now),
      },
      tokens: { ...this.#tokens },
      failures: { ...this.#failures },
      possibleDoubleCharges: this.#doubleCharges,
      waitMs: percentiles(this.#waits, this.#waited),
      firstByteMs: percentiles(this.#firstBytes, this.#firstByteCount),
    }
  }
}

/** A sum that decays with a time constant of one minute: its value is the rate per minute. */
class Rate {
  #sum = 0
  #at = 0
  #startedAt = -1

  add(amount: number, now: number): void {
    if (this.#startedAt < 0) this.#startedAt = now
    this.#decay(now)
    this.#sum += amount
  }

  perMinute(now: number): number {
    if (this.#startedAt < 0) return 0
    this.#decay(now)
    // In its first minute the sum has not had time to fill: it stands for the part that has passed.
    const filled = 1 - Math.exp(-Math.max(1000, now - this.#startedAt) / MINUTE_MS)
    return Math.round(this.#sum / filled)
  }

  #decay(now: number): void {
    this.#sum *= Math.exp(-(now - this.#at) / MINUTE_MS)
    this.#at = now
  }
}

function percentiles(samples: Float64Array, count: number): { p50: number; p99: number } {
  const sorted = samples.slice(0, Math.min(count, samples.length)).sort()
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  return { p50: at(0.5), p99: at(0.99) }
}
