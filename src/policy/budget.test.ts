import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Failure } from '../call/outcome.ts'
import { ManualClock } from '../lib/clock.ts'
import { Budget, type BudgetAsk, type BudgetOptions, type Reservation } from './budget.ts'
import type { BudgetCaps } from './budget/caps.ts'
import type { AdmissionSignal } from './gate.ts'

const DOLLAR = 1_000_000

function budget(caps: BudgetCaps, options: Partial<BudgetOptions> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 22, 23, 59, 50))
  const said: string[] = []
  const made = new Budget({
    caps,
    onCap: 'stop',
    clock,
    event: (event) => said.push(event.message),
    ...options,
  })
  return { budget: made, clock, said }
}

function ask(dollars: number | null, parts: Partial<BudgetAsk> = {}): BudgetAsk {
  const microDollars = dollars === null ? null : Math.round(dollars * DOLLAR)
  return { rollout: 'r1', microDollars, output: 1000, calls: 1, continuation: false, ...parts }
}

function granted(answer: Reservation | Failure | 'wait'): Reservation {
  assert.ok(answer !== 'wait' && 'settle' in answer, JSON.stringify(answer))
  return answer
}

function refused(answer: Reservation | Failure | 'wait'): string {
  assert.ok(answer !== 'wait' && 'reason' in answer, 'should be refused')
  assert.deepEqual([answer.reason, answer.retry, answer.source], ['budget_exceeded', 'never', 'gateway'])
  return answer.message
}

function use(dollars: number): { microDollars: number; output: number } {
  return { microDollars: Math.round(dollars * DOLLAR), output: 10 }
}

test('the worst case is reserved, the truth is kept', () => {
  const { budget: it } = budget({ runMicroUsd: DOLLAR })
  const first = granted(it.reserve(ask(0.6)))
  assert.deepEqual(it.state.caps, [{ cap: 'run_usd', limit: DOLLAR, spent: 0, reserved: 600_000 }])
  assert.equal(it.reserve(ask(0.5)), 'wait', 'would fit when the first one turns out cheap')
  first.settle(use(0.1))
  assert.deepEqual(it.state.caps, [{ cap: 'run_usd', limit: DOLLAR, spent: 100_000, reserved: 0 }])
  granted(it.reserve(ask(0.9))).settle({ microDollars: null, output: null })
  assert.equal(it.state.caps[0]?.spent, DOLLAR, 'an unknown cost counts as its worst case')
})

test('what did not run is given back, and an end counts once', () => {
  const { budget: it } = budget({ runMicroUsd: DOLLAR, runCalls: 1 })
  const reservation = granted(it.reserve(ask(1)))
  reservation.release()
  reservation.release()
  reservation.settle(use(1))
  assert.deepEqual(
    it.state.caps.map((cap) => [cap.spent, cap.reserved]),
    [
      [0, 0],
      [0, 0],
    ],
  )
})

test('the refusal names the cap, the spend, the setting and what to change', () => {
  const { budget: it } = budget({ runMicroUsd: 50 * DOLLAR })
  granted(it.reserve(ask(49.7))).settle(use(49.7))
  assert.equal(
    refused(it.reserve(ask(0.52))),
    'The budget refuses this call: of run_usd = $50.00, this run has spent $49.70, and the call may take up to $0.52. ' +
      'Raise budget.run_usd (POST /admin/budget does it live), or set a lower max_output_tokens.',
  )
  const { budget: calls } = budget({ rolloutCalls: 1 })
  granted(calls.reserve(ask(0))).settle(use(0))
  assert.match(
    refused(calls.reserve(ask(0))),
    /of rollout_calls = 1 call, this rollout has spent 1 call\. Raise budget\.rollout_calls/,
  )
  assert.equal(
    granted(calls.reserve(ask(0, { calls: 0 }))).release(),
    undefined,
    'a later attempt of the same call',
  )
})

test('a runaway rollout stops at its own cap, and the others go on', () => {
  const { budget: it, said } = budget(
    { rolloutMicroUsd: DOLLAR, runMicroUsd: 100 * DOLLAR },
    { onCap: 'finish_started' },
  )
  granted(it.reserve(ask(0.9, { continuation: true }))).settle(use(0.9))
  assert.match(refused(it.reserve(ask(0.2, { continuation: true }))), /rollout_usd/)
  refused(it.reserve(ask(0.2, { continuation: true })))
  granted(it.reserve(ask(0.9, { rollout: 'r2' })))
  granted(it.reserve(ask(50, { rollout: null })))
  assert.equal(said.length, 1)
  assert.match(
    String(said[0]),
    /rollout_usd = \$1\.00 is reached of rollout r1: \$0\.90 spent; its calls are refused/,
  )
  assert.equal(it.state.refused, 2)
})

test('finish_started keeps a tenth for rollouts that have begun, once there are conversations', () => {
  const { budget: it, said } = budget({ runMicroUsd: 10 * DOLLAR }, { onCap: 'finish_started' })
  granted(it.reserve(ask(8.5))).settle(use(8.5))
  granted(it.reserve(ask(0.6, { rollout: 'single turns use everything' }))).release()
  granted(it.reserve(ask(0.1, { continuation: true }))).settle(use(0.1))
  assert.match(
    refused(it.reserve(ask(0.6, { rollout: 'new' }))),
    /the last \$1\.00 are kept for rollouts that have begun/,
  )
  granted(it.reserve(ask(0.6))).settle(use(0.6))
  granted(it.reserve(ask(0.3, { rollout: 'after a restart', continuation: true }))).settle(use(0.3))
  assert.match(refused(it.reserve(ask(0.6))), /has spent \$9\.50/)
  const { budget: stop } = budget({ runMicroUsd: 10 * DOLLAR })
  granted(stop.reserve(ask(8.5, { continuation: true }))).settle(use(8.5))
  granted(stop.reserve(ask(1.5, { rollout: 'new' })))
  assert.deepEqual(
    said.map((text) => text.slice(0, 30)),
    ['85 % of budget.run_usd = $10.0', 'budget.run_usd = $10.00 is rea'],
  )
})

test('80 % is said once per cap', () => {
  const { budget: it, said } = budget({ runMicroUsd: 10 * DOLLAR, dayCalls: 5 })
  for (let call = 0; call < 5; call += 1) granted(it.reserve(ask(2))).settle(use(1.7))
  assert.deepEqual(said, [
    '80 % of budget.day_calls = 5 calls are spent (4 calls)',
    '85 % of budget.run_usd = $10.00 are spent ($8.50)',
  ])
})

test('a day begins anew at midnight UTC; calls under way stay on their day', () => {
  const { budget: it, clock } = budget({ dayMicroUsd: DOLLAR })
  granted(it.reserve(ask(0.5))).settle(use(0.5))
  const late = granted(it.reserve(ask(0.5)))
  assert.match(refused(it.reserve(ask(0.6))), /day_usd .* today \(UTC\)/)
  clock.advance(10_000)
  const next = granted(it.reserve(ask(1)))
  late.settle(use(0.5))
  next.settle(use(0.25))
  assert.equal(it.state.caps[0]?.spent, 250_000)
})

test('a call without a price is refused under a money cap, unless that is allowed', () => {
  assert.match(
    refused(budget({ runMicroUsd: DOLLAR }).budget.reserve(ask(null))),
    /no price is known.*"prices:"/,
  )
  granted(budget({ runMicroUsd: DOLLAR }, { unknownPrice: 'allow' }).budget.reserve(ask(null)))
  granted(budget({ runCalls: 1 }).budget.reserve(ask(null)))
  granted(budget({}).budget.reserve(ask(null)))
})

test('a restart goes on where the ledger ends', () => {
  const { budget: it, said } = budget({ runMicroUsd: 10 * DOLLAR, rolloutMicroUsd: DOLLAR, dayCalls: 7 })
  const spent = (microDollars: number, calls: number) => ({ microDollars, calls, output: 0 })
  it.restore({ run: spent(9 * DOLLAR, 20), day: spent(0, 6), rollouts: [['r1', spent(900_000, 2)]] })
  assert.equal(said.length, 2)
  assert.match(refused(it.reserve(ask(0.2))), /rollout_usd/)
  granted(it.reserve(ask(0.2, { rollout: 'r2' }))).settle(use(0.2))
  assert.match(refused(it.reserve(ask(0.2, { rollout: 'r3' }))), /day_calls/)
})

class Caller implements AdmissionSignal {
  aborted = false
  onAbort: (() => void) | null = null
  answer: Reservation | Failure | null = null

  ask(it: Budget, what: BudgetAsk): this {
    const answer = it.admit(what, this)
    if (answer instanceof Promise) void answer.then((later) => (this.answer = later))
    else this.answer = answer
    return this
  }

  leave(): void {
    this.aborted = true
    this.onAbort?.()
    this.onAbort = null
  }

  get granted(): Reservation {
    assert.ok(this.answer && 'settle' in this.answer, JSON.stringify(this.answer))
    return this.answer
  }
}

/** Lets promises that are settled be heard. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('callers wait in line, rollouts that have begun first; one that leaves is gone', async () => {
  const { budget: it } = budget({ runMicroUsd: DOLLAR })
  const first = new Caller().ask(it, ask(1))
  const fresh = new Caller().ask(it, ask(0.5, { rollout: 'new' }))
  const gone = new Caller().ask(it, ask(0.1, { continuation: true }))
  const begun = new Caller().ask(it, ask(0.6, { continuation: true }))
  gone.leave()
  assert.equal(it.state.waiting, 2)
  first.granted.settle(use(0.1))
  await turn()
  begun.granted.settle(use(0.1))
  await turn()
  assert.equal(it.state.waiting, 0)
  fresh.granted.settle(use(0.5))
  assert.equal(it.state.caps[0]?.spent, 700_000)
})

test('who waits for its own rollout holds up nobody, and hears of a raised cap', async () => {
  const { budget: it } = budget({ runMicroUsd: 10 * DOLLAR, rolloutMicroUsd: DOLLAR })
  const first = new Caller().ask(it, ask(0.8))
  const second = new Caller().ask(it, ask(0.8))
  const other = new Caller().ask(it, ask(0.8, { rollout: 'r2' }))
  other.granted.settle(use(0.1))
  await turn()
  assert.equal(second.answer, null)
  it.change({ rolloutMicroUsd: 2 * DOLLAR })
  await turn()
  second.granted.settle(use(0.1))
  first.granted.settle(use(0.7))
  it.change({ rolloutMicroUsd: null, runCalls: 3 })
  assert.match(refused(it.reserve(ask(0.1))), /run_calls/)
})

test('a waiting caller is refused when the money is really gone', async () => {
  const { budget: it } = budget({ runMicroUsd: DOLLAR })
  const first = new Caller().ask(it, ask(0.9))
  const second = new Caller().ask(it, ask(0.9))
  first.granted.settle(use(0.9))
  await turn()
  assert.ok(second.answer && 'reason' in second.answer)
})

const caps = fc.record({
  runMicroUsd: fc.option(fc.integer({ min: 0, max: 200 })),
  rolloutMicroUsd: fc.option(fc.integer({ min: 0, max: 80 })),
  dayMicroUsd: fc.option(fc.integer({ min: 0, max: 150 })),
  runCalls: fc.option(fc.integer({ min: 0, max: 30 })),
  rolloutCalls: fc.option(fc.integer({ min: 0, max: 10 })),
  dayOutput: fc.option(fc.integer({ min: 0, max: 300 })),
})
const steps = fc.array(
  fc.record({
    rollout: fc.constantFrom(null, 'a', 'b', 'c'),
    worst: fc.nat(40),
    output: fc.nat(50),
    calls: fc.constantFrom(1, 1, 1, 0),
    continuation: fc.boolean(),
    end: fc.constantFrom('none', 'settle', 'settle', 'unknown', 'release', 'leave'),
    which: fc.nat(10),
    share: fc.integer({ min: 0, max: 100 }),
    midnight: fc.integer({ min: 0, max: 20 }).map((number) => number === 0),
  }),
  { maxLength: 60 },
)

test('no interleaving overruns a cap, loses an amount, or leaves a caller waiting', async () => {
  await fc.assert(
    fc.asyncProperty(
      caps,
      steps,
      fc.constantFrom('stop' as const, 'finish_started' as const),
      async (given, plan, onCap) => {
        const { budget: it, clock } = budget(given, { onCap })
        const callers: { caller: Caller; ask: BudgetAsk; ended: boolean; day: number }[] = []
        const truth = { run: 0, rollouts: new Map<string, number>(), days: new Map<number, number>() }
        const check = (): void => {
          for (const cap of it.state.caps) {
            assert.ok(
              cap.spent + cap.reserved <= cap.limit,
              `${cap.cap}: ${cap.spent} + ${cap.reserved} > ${cap.limit}`,
            )
          }
          for (const spent of truth.rollouts.values()) assert.ok(spent <= (given.rolloutMicroUsd ?? Infinity))
          for (const spent of truth.days.values()) assert.ok(spent <= (given.dayMicroUsd ?? Infinity))
          const run = it.state.caps.find((cap) => cap.cap === 'run_usd')
          if (run) assert.equal(run.spent, truth.run)
        }
        const end = (entry: (typeof callers)[number], how: string, share: number): void => {
          entry.ended = true
          if (how === 'release') return entry.caller.granted.release()
          const worst = entry.ask.microDollars ?? 0
          const microDollars = how === 'unknown' ? null : Math.floor((worst * share) / 100)
          const spent = microDollars ?? worst
          truth.run += spent
          truth.days.set(entry.day, (truth.days.get(entry.day) ?? 0) + spent)
          const { rollout } = entry.ask
          if (rollout !== null) truth.rollouts.set(rollout, (truth.rollouts.get(rollout) ?? 0) + spent)
          entry.caller.granted.settle({ microDollars, output: null })
        }
        const running = () =>
          callers.filter(({ caller, ended }) => !ended && caller.answer && 'settle' in caller.answer)
        const listen = async (): Promise<void> => {
          await turn()
          for (const entry of callers) {
            if (entry.day < 0 && entry.caller.answer) entry.day = Math.floor(clock.wall() / 86_400_000)
          }
        }
        for (const step of plan) {
          if (step.midnight) clock.advance(86_400_000)
          const what = { ...step, microDollars: step.worst }
          callers.push({ caller: new Caller().ask(it, what), ask: what, ended: false, day: -1 })
          await listen()
          check()
          const candidates = step.end === 'leave' ? callers.filter(({ caller }) => !caller.answer) : running()
          const chosen = candidates[step.which % Math.max(1, candidates.length)]
          if (chosen && step.end === 'leave') chosen.caller.leave()
          else if (chosen && step.end !== 'none') end(chosen, step.end, step.share)
          await listen()
          check()
        }
        // When everything under way has ended, nobody may be waiting any more.
        for (let left = running(); left.length > 0; left = running()) {
          for (const entry of left) end(entry, 'settle', 50)
          await listen()
          check()
        }
        assert.equal(it.state.waiting, 0)
        for (const { caller } of callers) assert.ok(caller.answer)
        for (const cap of it.state.caps) assert.equal(cap.reserved, 0)
      },
    ),
    { numRuns: 150 },
  )
})

test('very many rollouts are forgotten from the oldest, those with calls under way never', () => {
  const { budget: it } = budget({ rolloutCalls: 2 }, { maxRollouts: 3 })
  const held = granted(it.reserve(ask(0, { rollout: 'held' })))
  for (let index = 0; index < 10; index += 1)
    granted(it.reserve(ask(0, { rollout: `r${index}` }))).settle(use(0))
  assert.deepEqual([it.state.rollouts, it.state.forgottenRollouts], [3, 8])
  held.settle(use(0))
  granted(it.reserve(ask(0, { rollout: 'held' }))).settle(use(0))
  refused(it.reserve(ask(0, { rollout: 'held' })))
})
