import type { Call } from '../../call/call.ts'
import type { Failure } from '../../call/outcome.ts'
import { CONTEXT_OVERFLOW, verdictOf } from './error-category.ts'
import type { CaptureJob } from './job.ts'

export interface JobContext {
  /** Number of the job; unique in this process. */
  readonly id: number
  /** Name of the server in Gym's configuration. */
  readonly server: string
  /** The streamed answer's bytes; empty where the answer was none. */
  readonly stream: readonly Buffer[]
  /** What the call cost, in micro-dollars; null where that is not known. */
  readonly microDollars: number | null
}

/** What is to be written down of a settled call of a rollout. Its bytes are copied: they may be in use elsewhere. */
export function jobOf(call: Call, context: JobContext): CaptureJob {
  const { arrival } = call
  const answer = answerOf(call, context.stream)
  const verdict = verdictOf(call, context.stream.length > 0 && call.firstByteAt > 0)
  const request = call.body ?? NOTHING
  return {
    id: context.id,
    rollout: arrival.rollout ?? '',
    dialect: arrival.dialect.name,
    head: headOf(call, context.server, verdict.statusCode),
    errorCategory: verdict.category,
    answer: answer.kind,
    optional: optionalOf(call),
    bytes: together([request, ...answer.parts]),
    requestLength: request.length,
    extra: `"x_spotter":${JSON.stringify(extraFacts(call, context.microDollars))}`,
  }
}

const NOTHING = Buffer.alloc(0)

function headOf(call: Call, server: string, statusCode: number | null): string {
  const { arrival } = call
  const latency = call.endedAt - arrival.arrivedAt
  const head = {
    model_call_id: arrival.id,
    dialect: arrival.dialect.name,
    model_ref: { type: 'responses_api_models', name: server },
    started_at: arrival.arrivedWall / 1000,
    completed_at: (arrival.arrivedWall + latency) / 1000,
    latency_ms: hundredths(latency),
    latency_ttft_ms: hundredths(firstByteAfter(call)),
    status_code: statusCode,
  }
  return JSON.stringify(head).slice(1, -1)
}

/** A unary answer's first byte leaves once this is written down, so the end of the call is as near as can be. */
function firstByteAfter(call: Call): number | null {
  if (call.firstByteAt > 0) return call.firstByteAt - call.arrival.arrivedAt
  return call.outcome?.kind === 'completed' ? call.endedAt - call.arrival.arrivedAt : null
}

function hundredths(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds * 100) / 100
}

interface Answer {
  readonly kind: CaptureJob['answer']
  readonly parts: readonly Buffer[]
}

function answerOf(call: Call, stream: readonly Buffer[]): Answer {
  const { told } = call
  if (told?.asEvents) return { kind: 'stream', parts: [...stream, Buffer.from(told.text)] }
  if (stream.length > 0) return { kind: 'stream', parts: stream }
  if (call.standIn) return { kind: 'object', parts: [call.standIn] }
  const { outcome, answer } = call
  if (!outcome || outcome.kind === 'cancelled') return NO_ANSWER
  if (outcome.kind === 'completed') return answer ? { kind: 'object', parts: [answer] } : NO_ANSWER
  const { upstreamStatus, reason } = outcome.failure
  if (told && isOwnRefusal(call, outcome.failure)) return { kind: 'object', parts: [Buffer.from(told.text)] }
  // An earlier attempt's answer is not this failure's.
  if (!answer || upstreamStatus === null || upstreamStatus !== call.attempt?.status) return NO_ANSWER
  const isObject = upstreamStatus < 300 && reason !== 'protocol'
  return { kind: isObject ? 'object' : 'error', parts: [answer] }
}

const NO_ANSWER: Answer = { kind: 'none', parts: [] }

/**
 * The caller's own name for its session, and, of a call that did not simply get the upstream's answer, who answered it. Gym
 * reads these since 0.7.
 */
function optionalOf(call: Call): string {
  const { clientSessionId } = call.arrival
  const session = clientSessionId === null ? {} : { client_session_id: clientSessionId }
  const text = JSON.stringify({ ...session, ...executionOf(call) })
  return text === '{}' ? '' : `,${text.slice(1, -1)}`
}

/** Refused by Spotter itself: a wrong request, a cap, a queue; or unsent, because the last answer still stands. */
function isOwnRefusal(call: Call, { source, upstreamStatus }: Failure): boolean {
  return call.attempts.length === 0 || (upstreamStatus === null && source !== 'upstream')
}

function executionOf(call: Call): Record<string, unknown> {
  const { outcome } = call
  if (outcome?.kind === 'completed') return {}
  const failure = outcome?.kind === 'failed' ? outcome.failure : null
  const isLocal = call.standIn !== null || (failure !== null && isOwnRefusal(call, failure))
  const isUpstreams = !isLocal && failure !== null && failure.upstreamStatus !== null
  return {
    upstream_attempted: call.attempts.length > 0,
    response_source: isLocal ? 'local' : isUpstreams ? 'upstream' : null,
    upstream_status_code: call.attempt?.status || null,
    local_response_reason: isLocal && failure ? localReason(failure.reason) : null,
  }
}

/** Gym's word where it has one. */
function localReason(reason: string): string {
  return reason === 'context_overflow' ? CONTEXT_OVERFLOW : reason
}

function extraFacts(call: Call, microDollars: number | null): Record<string, unknown> {
  const { outcome } = call
  const reason = outcome?.kind === 'failed' ? outcome.failure.reason : null
  return {
    attempts: call.attempts.length,
    queue_ms: Math.round(call.queuedMs),
    backoff_ms: Math.round(call.backoffMs),
    cost_usd: microDollars === null ? null : microDollars / 1_000_000,
    upstream_request_id: call.upstreamRequestId,
    upstream_status: call.attempt?.status || null,
    answered_status: call.status || null,
    failure: reason,
    possible_double_charge: call.possibleDoubleCharge,
  }
}

function together(parts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
