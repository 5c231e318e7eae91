import { overflowAnswer } from '../dialect/gym/overflow-answer.ts'
import { parsed } from '../lib/json-envelope.ts'
import type { Call } from './call.ts'
import type { Failure } from './outcome.ts'

/** What a caller gets in place of an error that it would not know what to do with; null where it is told the error. */
export type StandIn = (call: Call, failure: Failure) => Buffer | null

/**
 * NeMo Gym's agents end a rollout where an answer was cut off, and end the whole run where a call failed. Only they ask for whole
 * answers: who streams (Codex, SDKs) knows the error and shortens the conversation.
 */
export function overflowStandIn(model: string): StandIn {
  return (call, failure) => {
    const { dialect, operation, id, arrivedWall } = call.arrival
    if (failure.reason !== 'context_overflow' || call.streaming) return null
    if (dialect.name !== 'responses' || operation.name !== 'create') return null
    const metadata = call.outgoing && parsed(call.outgoing, 'metadata')
    return overflowAnswer({ callId: id, model, at: arrivedWall, message: failure.message, metadata })
  }
}
