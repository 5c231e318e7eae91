import type { FailureFacts, Problem } from '../dialect/dialect.ts'
import type { Call, Told } from './call.ts'
import type { Gateway } from './gateway.ts'
import type { Failure } from './outcome.ts'
import { passedHeaders } from './passed-headers.ts'
import type { Relay } from './relay.ts'
import type { Reply, ReplyHeaders } from './reply.ts'
import { answerStatus, reasonPhrase } from './status.ts'

const JSON_HEADERS: ReplyHeaders = { 'content-type': 'application/json', 'x-should-retry': 'false' }

/** A request that cannot be meant: refused at once, with every problem, and nothing sent upstream. */
export function refuse(gateway: Gateway, call: Call, reply: Reply, problems: readonly Problem[]): void {
  const { status, message, body } = call.arrival.dialect.refusal(problems, call.arrival.id)
  const isJson = problems.every((problem) => problem.type !== 'json_invalid')
  const failure = refusedRequest(message, isJson ? 'invalid_request' : 'invalid_json')
  const text = JSON.stringify(body)
  call.told = { text, asEvents: false }
  const answer = (): void => reply.send(status, JSON_HEADERS, text, reasonPhrase(failure))
  const written = settleRefused(gateway, call, status, failure)
  if (written) void written.then(answer)
  else answer()
}

/** A request that cannot be meant, as the failure of its call. */
export function refusedRequest(
  message: string,
  reason: 'invalid_json' | 'invalid_request' | 'bad_request' | 'not_found' = 'invalid_request',
): Failure {
  return {
    source: 'client',
    reason,
    retry: 'never',
    message,
    upstreamStatus: null,
    type: 'invalid_request_error',
    code: null,
    param: null,
    upstreamMessage: null,
    retryAfterMs: null,
  }
}

/** Writes down a call that ends before it was let in. A promise where the answer has to wait for that. */
export function settleRefused(
  gateway: Gateway,
  call: Call,
  status: number,
  failure: Failure,
): Promise<void> | undefined {
  call.status = status
  call.outcome = { kind: 'failed', failure }
  call.endedAt = performance.now()
  return gateway.observers.settled(call)
}

/** A call whose patience ends in the queue came there because the upstream refused it: the caller is told with what. */
export function withUpstreamFacts(failure: Failure, call: Call): Failure {
  const refused = call.attempt?.failure
  if (failure.reason !== 'patience_exhausted' || !refused) return failure
  const { upstreamStatus, type, code, param, upstreamMessage } = refused
  return { ...failure, upstreamStatus, type, code, param, upstreamMessage }
}

/** The status that tells a caller of a failure: a translated dialect's own API has statuses of its own. */
export function statusOf({ errorStatus }: Gateway, { arrival }: Call, failure: Failure): number {
  const own = errorStatus === 'openai' ? arrival.dialect.errorStatus?.(failure) : undefined
  return own ?? answerStatus(failure, errorStatus)
}

/** What the client is told of a failure: a body while the status line is still free, the dialect's own error events afterwards. */
export function wordsFor(gateway: Gateway, call: Call, relay: Relay, failure: Failure): Told {
  const { dialect } = call.arrival
  const facts: FailureFacts = {
    status: statusOf(gateway, call, failure),
    callId: call.arrival.id,
    attempts: call.attempts.length,
    waitedMs: Math.round(call.queuedMs + call.backoffMs),
    requestId: call.upstreamRequestId,
    responseId: relay.responseId,
  }
  return relay.headSent
    ? { text: dialect.errorEvents(failure, facts, relay.nextSequence), asEvents: true }
    : { text: JSON.stringify(dialect.errorBody(failure, facts)), asEvents: false }
}

/** Tells the client that the call has failed. */
export function reportFailure(gateway: Gateway, call: Call, relay: Relay, failure: Failure): void {
  // While it was being written down a heartbeat may have begun a stream.
  const told = call.told?.asEvents === relay.headSent ? call.told : null
  const { text, asEvents } = told ?? wordsFor(gateway, call, relay, failure)
  if (asEvents) return relay.end(text)
  const answered = failure.upstreamStatus !== null && call.upstreamHeaders
  const headers = { ...(answered ? passedHeaders(answered) : {}), ...JSON_HEADERS }
  if (call.upstreamRequestId) headers['x-request-id'] = call.upstreamRequestId
  if (failure.retryAfterMs !== null && gateway.errorStatus === 'openai') {
    headers['retry-after'] = String(Math.ceil(failure.retryAfterMs / 1000))
  }
  relay.send(statusOf(gateway, call, failure), headers, text, reasonPhrase(failure))
}
