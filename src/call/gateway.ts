import type { Dialect, UpstreamApi } from '../dialect/dialect.ts'
import type { Way } from '../dialect/way.ts'
import type { Envelope } from '../lib/json-envelope.ts'
import type { TimerWheel } from '../lib/timer-wheel.ts'
import type { Observers } from '../observe/observers.ts'
import type { Gate } from '../policy/gate.ts'
import type { RetryPolicy } from '../policy/retry.ts'
import type { Savings } from '../policy/savings/savings.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { Judge } from './sink-context.ts'
import type { WaitSettings } from './ask.ts'
import type { Call } from './call.ts'
import type { Failure } from './outcome.ts'
import type { BodySettings } from './prepare-body.ts'
import type { RelaySettings } from './relay.ts'
import type { StandIn } from './stand-in.ts'

/** Everything one call meets on its way. Built once, in `compose.ts`. */
export interface Gateway {
  readonly name: string
  readonly upstream: Upstream
  readonly gate: Gate
  readonly observers: Observers
  readonly judge: Judge
  readonly retry: RetryPolicy
  readonly wheel: TimerWheel
  readonly random: () => number
  readonly body: BodySettings
  readonly savings: Savings
  readonly relay: RelaySettings
  readonly preambleHoldMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly wait: WaitSettings
  readonly errorStatus: 'gym' | 'openai'
  readonly standIn: StandIn
  /** What a translation left out of a request, for the log. */
  readonly note: (call: Call, sentence: string) => void
  /** How that dialect's requests get to the host, as far as is known by now. */
  readonly wayOf: (dialect: Dialect) => Way
  /** Hears of a refusal; true where it tells of another way to the host, on which the call is worth sending again. */
  readonly changesWay: (call: Call, failure: Failure) => boolean
  /**
   * The answer to an operation on a stored response, where Spotter keeps them itself or nobody does; null where the host is to be asked.
   */
  readonly keptAnswer: (call: Call) => Extract<AttemptResult, { kind: 'answer' }> | Failure | null
  /** Ask the upstream for a stream although the caller wants one object; see docs/decisions. */
  readonly streamUpstream: (api: UpstreamApi, body: Envelope) => boolean
}
