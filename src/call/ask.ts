import type { Ask } from '../policy/gate.ts'
import { bodyLength } from '../upstream/upstream.ts'
import type { Call } from './call.ts'

/** How long a call may wait for its turn. */
export interface WaitSettings {
  /** From its arrival; null for no limit. */
  readonly maxWaitMs: number | null
  /** For all rate limits together, once one has refused it. */
  readonly patienceMs: number
}

/** What a call asks of the quota for its next attempt. */
export function askOf(call: Call, settings: WaitSettings): Ask {
  const { arrival, request } = call
  const refused = call.attempt?.failure?.retry === 'paced'
  const patience = refused ? performance.now() + settings.patienceMs - call.pacedWaitMs : Infinity
  const ownLimit = settings.maxWaitMs === null ? Infinity : arrival.arrivedAt + settings.maxWaitMs
  return {
    fairnessKey: arrival.fairnessKey,
    rollout: arrival.account,
    continuation: request?.continuation ?? false,
    opaqueInput: request?.opaqueInput ?? false,
    maxOutput: request?.maxOutput ?? null,
    choices: request?.choices ?? 1,
    bodyBytes: bodyLength(call.upstreamBody) - call.encodedBytes,
    encodedBytes: call.encodedBytes,
    serviceTier: request?.serviceTier ?? null,
    deadline: Math.min(patience, ownLimit),
    arrived: arrival.arrivedAt,
    attempt: call.attempts.length,
  }
}
