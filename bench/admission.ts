/** What one decision of the waiting room costs while 16,000 calls wait in it. `node bench/admission.ts` */
import { pathToFileURL } from 'node:url'
import type { Failure } from '../src/call/outcome.ts'
import { ManualClock } from '../src/lib/clock.ts'
import { createAdmission } from '../src/policy/admission.ts'
import type { AdmissionSignal, Ask, GateHeaders, Lease } from '../src/policy/gate.ts'

export interface AdmissionRow {
  /** Who waits, and what was timed. */
  readonly scenario: string
  readonly operation: string
  readonly decisions: number
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  readonly most: number
  /** What `p99` may be at most. */
  readonly target: number
}

const WAITERS = 16_000
const TARGET_MICROSECONDS = 50
const IN_FLIGHT = 64
const usage = { input: 500, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output: 200, reasoning: 0 }

interface Scenario {
  readonly name: string
  readonly keys: number
  /** Whether requests and tokens per minute hold calls back, beside the number in flight. */
  readonly limited: boolean
}

const scenarios: readonly Scenario[] = [
  { name: '16,000 rollouts, one call each', keys: WAITERS, limited: false },
  { name: '500 rollouts, 32 calls each', keys: 500, limited: false },
  { name: 'one connection', keys: 1, limited: false },
  { name: '16,000 rollouts, limits of 3,000 RPM and 2M TPM', keys: WAITERS, limited: true },
]

export async function run(): Promise<{ name: string; rows: readonly AdmissionRow[] }> {
  const rows: AdmissionRow[] = []
  for (const scenario of scenarios) {
    await measure(scenario, 4000)
    rows.push(...(await measure(scenario, WAITERS)))
  }
  return { name: 'admission', rows }
}

async function measure({ name, keys, limited }: Scenario, waiters: number): Promise<AdmissionRow[]> {
  const clock = new ManualClock()
  const admission = createAdmission({
    clock,
    random: Math.random,
    maxConcurrent: IN_FLIGHT,
    limits: limited ? { rpm: 3000, tpm: 2_000_000 } : { rpm: 1e9, tpm: 1e12 },
  })
  const waiting = new Map<number, AdmissionSignal>()
  const held: Lease[] = []
  let next = 0
  const keep = (number: number, lease: Lease | Failure): void => {
    waiting.delete(number)
    if ('settle' in lease) held.push(lease)
  }
  const enter = (): void => {
    const number = next++
    const signal: AdmissionSignal = { aborted: false, onAbort: null }
    const answer = admission.admit(ask(number, keys, clock.now()), signal)
    if (answer instanceof Promise) {
      waiting.set(number, signal)
      void answer.then((lease) => keep(number, lease))
    } else keep(number, answer)
  }

  const timed = {
    admit: [] as number[],
    learn: [] as number[],
    settle: [] as number[],
    leave: [] as number[],
  }
  const time = (into: number[], work: () => void): void => {
    const started = performance.now()
    work()
    into.push((performance.now() - started) * 1000)
  }
  for (let count = 0; count < waiters + IN_FLIGHT; count++) time(timed.admit, enter)
  for (let count = 0; count < waiters; count++) {
    if (limited) clock.advance(20)
    await Promise.resolve()
    const lease = held.shift()
    if (lease) {
      time(timed.learn, () => lease.learn(200, headers(limited)))
      time(timed.settle, () => lease.settle(usage))
    }
    // As many come as go; every fourth of them is one whose caller leaves again.
    time(timed.admit, enter)
    if (count % 4 > 0) continue
    const left = waiting.entries().next().value
    if (left) time(timed.leave, () => left[1].onAbort?.())
    enter()
  }
  return [
    row(name, 'a call asks', timed.admit),
    row(name, 'an answer begins', timed.learn),
    row(name, 'a call ends, the next one goes', timed.settle),
    row(name, 'a waiter leaves', timed.leave),
  ]
}

function ask(number: number, keys: number, now: number): Ask {
  return {
    rollout: null,
    fairnessKey: `rollout-${number % keys}`,
    continuation: number % 3 === 0,
    maxOutput: 400 + (number % 7) * 300,
    choices: 1,
    bodyBytes: 2000 + (number % 11) * 900,
    serviceTier: null,
    deadline: now + 3_600_000_000,
    arrived: now,
    attempt: 0,
  }
}

function headers(limited: boolean): GateHeaders {
  if (!limited) return {}
  return {
    'x-ratelimit-limit-requests': '3000',
    'x-ratelimit-remaining-requests': '2950',
    'x-ratelimit-reset-requests': '1s',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-tokens': '1960000',
    'x-ratelimit-reset-tokens': '1.2s',
  }
}

function row(scenario: string, operation: string, times: readonly number[]): AdmissionRow {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return {
    scenario,
    operation,
    decisions: sorted.length,
    p50: at(0.5),
    p99: at(0.99),
    most: at(1),
    target: TARGET_MICROSECONDS,
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { rows } = await run()
  const figure = (value: number): string => value.toFixed(1).padStart(8)
  process.stdout.write(
    `${'µs per decision'.padEnd(84)}${'p50'.padStart(8)}${'p99'.padStart(8)}${'most'.padStart(8)}\n`,
  )
  for (const { scenario, operation, p50, p99, most, target } of rows) {
    const verdict = p99 <= target ? '' : `  above ${target}`
    process.stdout.write(
      `${`${scenario}: ${operation}`.padEnd(84)}${figure(p50)}${figure(p99)}${figure(most)}${verdict}\n`,
    )
  }
  if (rows.some(({ p99, target }) => p99 > target)) process.exitCode = 1
}
