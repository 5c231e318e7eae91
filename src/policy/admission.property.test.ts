import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FailureReason } from '../call/outcome.ts'
import { ManualClock } from '../lib/clock.ts'
import { createAdmission, type Admission } from './admission.ts'
import type { AdmissionSignal, Lease } from './gate.ts'
import { askFor, failureFor, isLease, limitHeaders, settled, signalFor, usageOf } from './room/test-calls.ts'

type Step =
  | {
      readonly do: 'ask'
      readonly key: number
      readonly continuation: boolean
      readonly tokens: number
      readonly patience: number
    }
  | { readonly do: 'advance'; readonly ms: number }
  | {
      readonly do: 'leave' | 'learn' | 'succeed' | 'abandon' | 'give-back'
      readonly which: number
      readonly remaining: number
    }
  | {
      readonly do: 'fail'
      readonly which: number
      readonly reason: FailureReason
      readonly retryAfterMs: number | null
    }

const reasons: FailureReason[] = [
  'rate_limit',
  'rate_limit_tokens',
  'slow_down',
  'flex_unavailable',
  'quota',
  'authentication',
  'overloaded',
  'server_error',
  'network_refused',
  'network_reset',
  'bad_request',
]

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      key: fc.nat(3),
      continuation: fc.boolean(),
      tokens: fc.integer({ min: 1, max: 20_000 }),
      patience: fc.constantFrom(Infinity, 100, 60_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 50, 1000, 31_000) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'leave' as const,
        'learn' as const,
        'succeed' as const,
        'abandon' as const,
        'give-back' as const,
      ),
      which: fc.nat(),
      remaining: fc.nat(100_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      which: fc.nat(),
      reason: fc.constantFrom(...reasons),
      retryAfterMs: fc.constantFrom(null, 0, 700, 40_000),
    }),
  },
)

const options = fc.record({
  maxConcurrent: fc.constantFrom(null, 1, 3),
  limits: fc.constantFrom({}, { rpm: 600 }, { tpm: 100_000 }, { rpm: 60, tpm: 50_000, share: 0.5 }),
  onQuota: fc.constantFrom('park' as const, 'fail' as const),
})

interface Waiting {
  readonly signal: AdmissionSignal
  readonly key: number
  readonly continuation: boolean
}

/** Drives a waiting room and keeps its own books of who waits and who holds a lease. */
class Books {
  readonly clock = new ManualClock()
  readonly admission: Admission
  readonly waiting = new Map<number, Waiting>()
  readonly held: Lease[] = []
  readonly left = new Set<number>()
  readonly served: { readonly call: number; readonly lane: string }[] = []
  readonly cap: number
  #calls = 0

  constructor(settings: { maxConcurrent: number | null; limits: object; onQuota: 'park' | 'fail' }) {
    this.cap = settings.maxConcurrent ?? Infinity
    this.admission = createAdmission({ clock: this.clock, random: () => 0.5, ...settings })
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'ask') this.#ask(step)
    else if (step.do === 'advance') this.clock.advance(step.ms)
    else if (step.do === 'leave') this.#leave(step.which)
    else this.#act(step)
    await settled()
  }

  #ask({ key, continuation, tokens, patience }: Extract<Step, { do: 'ask' }>): void {
    const call = this.#calls++
    const signal = signalFor()
    const now = this.clock.now()
    const ask = askFor({
      fairnessKey: `k${key}`,
      continuation,
      maxOutput: tokens,
      arrived: now,
      deadline: now + patience,
    })
    const answer = this.admission.admit(ask, signal)
    const arrived = (given: unknown): void => {
      this.waiting.delete(call)
      if (!isLease(given)) return
      assert.ok(!this.left.has(call), 'a call that left was let in')
      this.held.push(given)
      this.served.push({ call, lane: `${key} ${continuation}` })
    }
    if (!(answer instanceof Promise)) return arrived(answer)
    this.waiting.set(call, { signal, key, continuation })
    void answer.then(arrived)
  }

  #leave(which: number): void {
    const all = [...this.waiting]
    const found = all[which % Math.max(1, all.length)]
    if (!found) return
    this.left.add(found[0])
    found[1].signal.onAbort?.()
  }

  #act(step: Exclude<Step, { do: 'ask' | 'advance' }>): void {
    if (this.held.length === 0) return
    const index = step.which % this.held.length
    const lease = this.held[index] as Lease
    if (step.do === 'learn') return lease.learn(200, limitHeaders(100_000, step.remaining))
    this.held.splice(index, 1)
    const used = step.do === 'succeed' ? usageOf(50, 50) : step.do === 'abandon' ? 'estimate' : null
    if (step.do === 'fail') lease.rejected(failureFor(step.reason, { retryAfterMs: step.retryAfterMs }))
    lease.settle(used)
    // What a confused caller might do besides.
    lease.settle(usageOf(1, 1))
    lease.rejected(failureFor('quota'))
  }
}

test('whatever happens in whatever order: the books agree, nobody is lost, nobody is let in twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.array(step, { minLength: 10, maxLength: 100, size: 'max' }),
      async (settings, steps) => {
        const books = new Books(settings)
        for (const step of steps) {
          await books.take(step)
          const { inFlight, waiting } = books.admission.snapshot()
          assert.equal(inFlight, books.held.length)
          assert.equal(waiting, books.waiting.size)
          assert.ok(inFlight <= books.cap)
        }
        // Nothing starves and nothing hangs: once everything works again, everyone is let in.
        for (let round = 0; round < 400 && books.waiting.size > 0; round++) {
          await books.take({ do: 'advance', ms: round < 200 ? 1000 : 60_000 })
          while (books.held.length > 0) await books.take({ do: 'succeed', which: 0, remaining: 0 })
        }
        assert.equal(books.waiting.size, 0)
        assert.equal(new Set(books.served.map(({ call }) => call)).size, books.served.length)
        const latest = new Map<string, number>()
        for (const { call, lane } of books.served) {
          assert.ok((latest.get(lane) ?? -1) < call, `in ${lane}, call ${call} came too late`)
          latest.set(lane, call)
        }
      },
    ),
    { numRuns: 150 },
  )
})
