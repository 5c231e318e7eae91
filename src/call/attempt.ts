import type { Lease } from '../policy/gate.ts'
import { FLEX_TIMEOUT_MS } from '../policy/savings/tier.ts'
import { AnswerSink } from './answer-sink.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { Attempt, Call } from './call.ts'
import type { Gateway } from './gateway.ts'
import type { Relay } from './relay.ts'

/** One attempt at the upstream: sends the call's body, tells the lease what the head of the answer says, and how it ended. */
export function attempt(gateway: Gateway, call: Call, relay: Relay, lease: Lease): Promise<AttemptResult> {
  const { arrival } = call
  const number = call.attempts.length + 1
  const record: Attempt = {
    number,
    startedAt: performance.now(),
    sentAt: 0,
    headAt: 0,
    status: 0,
    failure: null,
  }
  call.attempts.push(record)
  gateway.observers.admitted(call)
  return new Promise((resolve) => {
    const sink: AnswerSink = new AnswerSink(
      {
        call,
        attempt: record,
        relay,
        judge: gateway.judge,
        wheel: gateway.wheel,
        preambleHoldMs: gateway.preambleHoldMs,
        headArrived(status, headers) {
          const id = headers['x-request-id']
          if (typeof id === 'string') call.upstreamRequestId = id
          call.upstreamHeaders = headers
          // The caller first: what came with the head is passed on before anything is learned from it.
          queueMicrotask(() => {
            lease.learn(status, headers)
            gateway.savings.heard(call.savings, status, headers)
          })
        },
        chunkPassed: gateway.observers.chunk,
      },
      (result) => {
        call.onAbort = null
        if (result.kind === 'failed') record.failure = result.failure
        gateway.observers.attempted(call, record)
        resolve(result)
      },
    )
    const flow = gateway.upstream.send(
      {
        method: arrival.operation.method,
        path: call.upstreamPath,
        body: call.upstreamBody,
        clientRequestId: arrival.clientRequestId,
        ...patienceFor(gateway, call),
        stream: call.upstreamStreaming,
      },
      sink,
    )
    // Not assigned straight to the property: V8 takes such function literals for long-lived, and the call with its body
    // would wait for a major garbage collection.
    const leave = (): void => {
      flow.abort()
      sink.cancel()
    }
    call.onAbort = leave
  })
}

/** How long the upstream may be silent, before its answer and inside it. */
function patienceFor(
  gateway: Gateway,
  call: Call,
): { readonly firstByteMs: number; readonly idleMs: number } {
  const flexMs = call.savings.serviceTier === 'flex' ? FLEX_TIMEOUT_MS : 0
  const firstByteMs = Math.max(gateway.firstByteMs, flexMs)
  // The caller waits for the whole; that we get it in a stream must not shorten the time a model may think.
  const wholeMs = call.upstreamStreaming && !call.streaming ? firstByteMs : 0
  return { firstByteMs, idleMs: Math.max(gateway.idleMs, flexMs, wholeMs) }
}
