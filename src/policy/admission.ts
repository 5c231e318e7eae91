import type { Failure } from '../call/outcome.ts'
import type { Clock } from '../lib/clock.ts'
import type { AdmissionSignal, Ask, Gate, Lease } from './gate.ts'

/** Limits a user may state; each is also learnt from headers. `share` is the fraction of every limit Spotter may use. */
export interface ConfiguredLimits {
  readonly rpm?: number | null
  readonly tpm?: number | null
  readonly rpd?: number | null
  readonly tpd?: number | null
  readonly project_tpm?: number | null
  readonly share?: number | null
}

export interface AdmissionOptions {
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly limits?: ConfiguredLimits
  /** `max_concurrent_requests`; null or absent for no cap. */
  readonly maxConcurrent?: number | null
  readonly onQuota?: 'park' | 'fail'
}

export interface Admission extends Gate {
  /** Everything `/status` shows about the waiting room; plain numbers and strings. */
  snapshot(): { readonly waiting: number; readonly inFlight: number }
  /** Probe now where a circuit is open. */
  resume(): void
  /** Answers every waiter with `failure` and refuses newcomers with it. */
  close(failure: Failure): void
}

interface Waiter {
  readonly resolve: (answer: Lease | Failure) => void
  readonly signal: AdmissionSignal
}

/** First come first served under a concurrency cap. */
export function createAdmission(options: AdmissionOptions): Admission {
  const cap = options.maxConcurrent ?? Infinity
  const waiters = new Set<Waiter>()
  let inFlight = 0
  let closed: Failure | null = null

  function lease(): Lease {
    inFlight++
    let open = true
    return {
      learn() {},
      rejected() {},
      settle() {
        if (!open) return
        open = false
        inFlight--
        dispatch()
      },
    }
  }

  function dispatch(): void {
    for (const waiter of waiters) {
      if (inFlight >= cap) return
      waiters.delete(waiter)
      waiter.signal.onAbort = null
      waiter.resolve(lease())
    }
  }

  return {
    admit(_ask: Ask, signal: AdmissionSignal) {
      if (closed) return closed
      if (inFlight < cap && waiters.size === 0) return lease()
      return new Promise((resolve) => {
        const waiter = { resolve, signal }
        waiters.add(waiter)
        signal.onAbort = () => waiters.delete(waiter)
      })
    },
    snapshot: () => ({ waiting: waiters.size, inFlight }),
    resume() {},
    close(failure) {
      closed = failure
      for (const waiter of waiters) waiter.resolve(failure)
      waiters.clear()
    },
  }
}
