import { Gauge, Registry, type Metric } from 'prom-client'
import type { Attempt, Call } from '../../call/call.ts'
import type { AdmissionSnapshot } from '../../policy/admission-snapshot.ts'
import { DurationHistogram } from './duration-histogram.ts'
import type { Observer } from '../observer.ts'
import { Tally } from './tally.ts'

/**
 * Prometheus metrics. Names follow OpenTelemetry's GenAI conventions where they have one. No label holds a rollout, a
 * session or a call, so that the number of series stays below two hundred however long a run is.
 */
export class Metrics implements Observer {
  readonly name = 'metrics'
  readonly #registry = new Registry()
  readonly #calls = this.#counter('spotter_calls_total', 'Calls by dialect and outcome.', [
    'dialect',
    'outcome',
  ])
  readonly #failures = this.#counter('spotter_failures_total', 'Failed calls by reason.', ['reason'])
  readonly #attempts = this.#counter('spotter_attempts_total', 'Attempts at the upstream by result.', [
    'result',
  ])
  readonly #tokens = this.#counter('gen_ai_client_token_usage_total', 'Tokens by type.', [
    'gen_ai_token_type',
  ])
  readonly #doubleCharges = this.#counter(
    'spotter_possible_double_charges_total',
    'Calls repeated although the first attempt may have run and been billed.',
    [],
  )
  readonly #duration = this.#durations(
    'gen_ai_client_operation_duration_seconds',
    'From the arrival of a call to its end.',
  )
  readonly #firstByte = this.#durations(
    'gen_ai_client_time_to_first_chunk_seconds',
    'From the arrival of a streaming call to its first byte of content.',
  )
  readonly #queued = this.#durations('spotter_queue_wait_seconds', 'Waiting for the quota and for retries.')

  /** `worker`: which of several processes of the server counts here. */
  constructor(limiter: () => AdmissionSnapshot, worker: number | null = null) {
    if (worker !== null) this.#registry.setDefaultLabels({ worker: String(worker) })
    this.#limiterGauges(limiter)
  }

  attempted(_call: Call, attempt: Attempt): void {
    this.#attempts.add(1, attempt.failure ? attempt.failure.reason : 'ok')
  }

  settled(call: Call): undefined {
    const { outcome, arrival } = call
    if (!outcome) return
    this.#calls.add(1, arrival.dialect.name, outcome.kind)
    if (outcome.kind === 'failed') this.#failures.add(1, outcome.failure.reason)
    if (call.possibleDoubleCharge) this.#doubleCharges.add(1)
    this.#duration.observe((call.endedAt - arrival.arrivedAt) / 1000)
    this.#queued.observe((call.queuedMs + call.backoffMs) / 1000)
    if (call.firstByteAt > 0) this.#firstByte.observe((call.firstByteAt - arrival.arrivedAt) / 1000)
    const usage = call.facts?.usage
    if (!usage) return
    this.#tokens.add(usage.input, 'input')
    this.#tokens.add(usage.output, 'output')
    if (usage.cachedInput) this.#tokens.add(usage.cachedInput, 'cache_read_input')
    if (usage.cacheWrite) this.#tokens.add(usage.cacheWrite, 'cache_creation_input')
    if (usage.reasoning) this.#tokens.add(usage.reasoning, 'reasoning')
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #limiterGauges(limiter: () => AdmissionSnapshot): void {
    const gauge = (name: string, help: string, labelNames: string[] = [], collect = () => {}): Gauge =>
      new Gauge({ name, help, labelNames, registers: [this.#registry], collect })
    // First, because the registry asks its metrics in order and this one fills the others in.
    const inFlight = gauge('spotter_calls_in_flight', 'Attempts at the upstream right now.', [], () => {
      const snapshot = limiter()
      inFlight.set(snapshot.inFlight)
      error.set(snapshot.estimate.error ?? 0)
      circuit.set({ circuit: 'quota' }, snapshot.circuits.quota.state === 'closed' ? 0 : 1)
      circuit.set({ circuit: 'key' }, snapshot.circuits.key.state === 'closed' ? 0 : 1)
      for (const domain of snapshot.domains) {
        const labels = { domain: domain.name }
        horizon.set(labels, domain.horizon)
        headroom.set(labels, domain.headroom)
        wasted.set(labels, domain.wasted.tokens)
        foreign.set(labels, domain.foreign?.share ?? 0)
        held.set(labels, (domain.gate?.forMs ?? 0) / 1000)
        if (domain.emptyInMs !== null) empty.set(labels, domain.emptyInMs / 1000)
        const { reserved, used: usedOutput } = domain.output
        if (usedOutput > 0) reservation.set(labels, reserved / usedOutput)
        if (domain.forecast) {
          wait.set({ ...labels, kind: 'predicted' }, domain.forecast.predictedMs / 1000)
          wait.set({ ...labels, kind: 'actual' }, domain.forecast.actualMs / 1000)
        }
        for (const band of domain.queue) {
          waiting.set({ ...labels, band: band.band }, band.waiting)
          oldest.set({ ...labels, band: band.band }, band.oldestMs / 1000)
        }
        for (const one of domain.limits) {
          const dimension = { ...labels, dimension: one.name }
          if (one.limit !== null) limit.set(dimension, one.limit)
          if (one.level !== null) level.set(dimension, one.level)
          if (one.effectiveRate !== null) rate.set(dimension, one.effectiveRate)
          if (one.utilization !== null) used.set(dimension, one.utilization)
          drift.set(dimension, one.drift)
        }
      }
    })
    const limit = gauge('spotter_limit', 'The limit of a dimension, per its window.', ['domain', 'dimension'])
    const level = gauge('spotter_limit_level', 'What the server is believed to have left.', [
      'domain',
      'dimension',
    ])
    const rate = gauge('spotter_effective_rate', 'What is sent at most at present.', ['domain', 'dimension'])
    const drift = gauge('spotter_drift_ratio', 'Flow beside our own, as a share of the limit.', [
      'domain',
      'dimension',
    ])
    const used = gauge('spotter_utilization_ratio', 'Sent in relation to the limit.', ['domain', 'dimension'])
    const waiting = gauge('spotter_queue_length', 'Calls waiting.', ['domain', 'band'])
    const oldest = gauge('spotter_queue_oldest_seconds', 'Age of the oldest waiting call.', [
      'domain',
      'band',
    ])
    const horizon = gauge('spotter_burst_horizon_seconds', 'How much of a limit may go at once.', ['domain'])
    const headroom = gauge('spotter_headroom_ratio', 'Share of the limit that is aimed at.', ['domain'])
    const wasted = gauge('spotter_wasted_tokens', 'Quota that rejected attempts took.', ['domain'])
    const foreign = gauge('spotter_foreign_use_ratio', 'Share of the limit that someone else spends.', [
      'domain',
    ])
    const held = gauge('spotter_held_seconds', 'How long nothing is sent yet: a pause, a limit used up.', [
      'domain',
    ])
    const empty = gauge('spotter_queue_empty_seconds', 'Until everyone who waits now has been sent.', [
      'domain',
    ])
    const reservation = gauge(
      'spotter_reserved_output_ratio',
      'Output tokens that calls reserve, in relation to those they use.',
      ['domain'],
    )
    const wait = gauge(
      'spotter_foreseen_wait_seconds',
      'Average wait of the latest calls, predicted and actual.',
      ['domain', 'kind'],
    )
    const circuit = gauge('spotter_circuit_open', '1 while calls are held or refused.', ['circuit'])
    const error = gauge('spotter_estimate_error_ratio', 'Mean relative error of the latest estimates.')
  }

  #counter(name: string, help: string, labelNames: [first?: string, second?: string]): Tally {
    const tally = new Tally(name, help, labelNames)
    this.#registry.registerMetric(tally as unknown as Metric)
    return tally
  }

  #durations(name: string, help: string): DurationHistogram {
    const histogram = new DurationHistogram(name, help)
    this.#registry.registerMetric(histogram as unknown as Metric)
    return histogram
  }
}
