import type { Failure } from '../../call/outcome.ts'
import type { AdmissionOptions, ChangeKind } from '../admission-options.ts'
import { durationText } from '../duration-text.ts'
import { Circuit } from './circuit.ts'

/** When a closed road is tried again. */
export interface ProbeTimes {
  /** The first probe of an empty account; doubling from one to the next, up to the longest. */
  readonly firstMs: number
  readonly longestMs: number
  /** After a success the rate comes back in steps of this length, doubling with each. */
  readonly rampStepMs: number
}

const USUAL_PROBES: ProbeTimes = { firstMs: 30_000, longestMs: 15 * 60_000, rampStepMs: 10_000 }
const KEY_PROBE_MS = 3 * 60_000

/** The two reasons for which nothing at all is worth sending: an empty account and a rejected key. */
export class Circuits {
  readonly quota: Circuit
  readonly key: Circuit

  constructor(options: AdmissionOptions, onChange: (kind: ChangeKind, circuit: Circuit) => void) {
    const { clock, random, probes = USUAL_PROBES } = options
    const { rampStepMs } = probes
    this.quota = new Circuit({
      clock,
      random,
      policy: options.onQuota ?? 'park',
      firstProbeMs: probes.firstMs,
      longestProbeMs: probes.longestMs,
      rampStepMs,
      onChange: (circuit) => onChange('quota_circuit', circuit),
    })
    this.key = new Circuit({
      clock,
      random,
      policy: options.onKey ?? 'fail',
      firstProbeMs: KEY_PROBE_MS,
      longestProbeMs: KEY_PROBE_MS,
      rampStepMs,
      onChange: (circuit) => onChange('key_circuit', circuit),
    })
  }

  /** The one that is open, a rejected key first: without a key nothing can be said about the account. */
  get open(): Circuit | null {
    if (this.key.state === 'open') return this.key
    return this.quota.state === 'open' ? this.quota : null
  }

  get recovering(): boolean {
    return this.key.state === 'half_open' || this.quota.state === 'half_open'
  }

  /** Share of the usual rate. */
  ramp(): number {
    return this.key.state === 'closed' && this.quota.state === 'closed'
      ? 1
      : Math.min(this.key.ramp(), this.quota.ramp())
  }

  /** The circuit a failure belongs to; null for all others. */
  of(failure: Failure): Circuit | null {
    if (failure.reason === 'quota') return this.quota
    return failure.reason === 'authentication' ? this.key : null
  }
}

/** One sentence about a circuit's new state. */
export function circuitSentence(kind: ChangeKind, circuit: Circuit): string {
  const what = kind === 'quota_circuit' ? 'quota' : 'key'
  const { failure } = circuit
  if (circuit.state === 'closed')
    return `The ${what} circuit is closed again: calls go out at their usual rate.`
  if (circuit.state === 'half_open') {
    return `A probe was let in after ${durationText(circuit.openForMs)} (${circuit.wasted} refused ${circuit.wasted === 1 ? 'call' : 'calls'}): dispatch resumes at a tenth of its rate and doubles step by step.`
  }
  const fate = circuit.policy === 'park' ? 'calls are held' : 'calls are refused with the same words'
  return `The ${what} circuit is open, ${fate}, the next probe goes in ${durationText(circuit.probeInMs())}. ${failure?.message ?? ''}`.trim()
}
