import type { Ask } from '../policy/gate.ts'
import type { Call } from './call.ts'

/** What a call asks of the quota for its next attempt. */
export function askOf(call: Call): Ask {
  const { arrival, request } = call
  return {
    fairnessKey: arrival.fairnessKey,
    continuation: request?.continuation ?? false,
    maxOutput: request?.maxOutput ?? null,
    choices: request?.choices ?? 1,
    bodyBytes: call.upstreamBody?.length ?? 0,
    serviceTier: request?.serviceTier ?? null,
    deadline: Number.POSITIVE_INFINITY,
    arrived: arrival.arrivedAt,
    attempt: call.attempts.length,
  }
}
