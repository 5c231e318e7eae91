import type { RequestOrigin } from '../dialect/translation.ts'
import type { Lease } from '../policy/gate.ts'
import { decideRetry } from '../policy/retry.ts'
import type { AttemptResult } from './attempt-result.ts'
import { askOf } from './ask.ts'
import { attempt } from './attempt.ts'
import { holdsEncodedData } from './encoded-data.ts'
import type { Call } from './call.ts'
import { internalError, notAStream, shuttingDown } from './gateway-failures.ts'
import type { Gateway } from './gateway.ts'
import type { Failure, Outcome } from './outcome.ts'
import { prepareBody } from './prepare-body.ts'
import { readRequest, type GoodReading } from './read-request.ts'
import { refuse, refusedRequest, reportFailure, statusOf, withUpstreamFacts, wordsFor } from './refusal.ts'
import { Relay } from './relay.ts'
import type { Reply } from './reply.ts'

/**
 * The life of a call: read it, let it in, try it, try it again where that can help, answer, write it down.
 *
 * The order is the product. A lease is settled before a back-off, so that a waiting call holds no quota; the outcome is
 * observed before the last byte leaves, so that nothing the client has seen can be missing from the books.
 */
export async function handle(gateway: Gateway, call: Call, raw: Buffer, reply: Reply): Promise<void> {
  if (!parse(gateway, call, raw, reply)) return
  // The one permission that the call has at a time.
  const held: { lease: Lease | null } = { lease: null }
  const { countsEvents, dialect } = call.arrival
  const heartbeat = (countsEvents ? dialect.heartbeatEvent : null) ?? dialect.heartbeat
  const relay = new Relay(reply, gateway.relay, gateway.wheel, call.streaming, heartbeat)
  try {
    await untilAnswered(gateway, call, relay, held)
  } catch (error) {
    await givenUp(gateway, call, relay, held.lease, error)
    throw error
  }
}

async function untilAnswered(
  gateway: Gateway,
  call: Call,
  relay: Relay,
  held: { lease: Lease | null },
): Promise<void> {
  const kept = call.request === null ? gateway.keptAnswer(call) : null
  if (kept) return 'kind' in kept ? answered(gateway, call, relay, kept) : failed(gateway, call, relay, kept)
  for (;;) {
    const lease = await admit(gateway, call)
    if (call.cancelledBy) return cancelled(gateway, call, relay, isLease(lease) ? lease : null)
    if (!isLease(lease)) return failed(gateway, call, relay, withUpstreamFacts(lease, call))
    held.lease = lease

    const result = await attempt(gateway, call, relay, lease)
    if (result.kind === 'cancelled') {
      lease.settle('estimate')
      return cancelled(gateway, call, relay, null)
    }
    if (result.kind !== 'failed') {
      lease.settle(result.facts.usage ?? 'estimate', result.facts)
      return answered(gateway, call, relay, result)
    }

    if (!relay.committed && changesWay(gateway, call, result.failure)) {
      lease.settle(null)
      const problem = readAgain(gateway, call)
      if (problem) return failed(gateway, call, relay, problem)
      continue
    }
    if (!relay.committed && sendsAnotherWay(gateway, call, lease, result.failure)) continue
    lease.rejected(result.failure)
    lease.settle(result.failure.retry === 'unsafe' ? 'estimate' : null)
    const takenBack = !relay.committed && gateway.gate.takesBack(result.failure)
    if (!takenBack) noteFault(call, result.failure)
    const decision = decideRetry(gateway.retry, {
      failure: result.failure,
      attempts: call.faultAttempts,
      committed: relay.committed,
      sinceFirstFailureMs: call.firstFaultAt === 0 ? 0 : performance.now() - call.firstFaultAt,
      pacedWaitMs: call.pacedWaitMs,
      pacedAttempts: call.attempts.length - call.faultAttempts,
      random: gateway.random,
    })
    if (takenBack && !('giveUp' in decision && decision.giveUp.reason === 'patience_exhausted')) continue
    if ('giveUp' in decision) return failed(gateway, call, relay, decision.giveUp)
    if (result.failure.retry === 'unsafe') call.possibleDoubleCharge = true
    await backOff(gateway, call, decision.waitMs, result.failure)
    if (call.cancelledBy) return cancelled(gateway, call, relay, null)
  }
}

/** Reads the top level of the body and decides what goes up. False when the call has been refused. */
function parse(gateway: Gateway, call: Call, raw: Buffer, reply: Reply): boolean {
  const { dialect, operation } = call.arrival
  if (operation.method !== 'POST' || operation.name === 'cancel') return true
  call.body = raw
  const read = readRequest(call.arrival, raw, gateway.wayOf(dialect), leftOut(gateway, call))
  if (read.problems) {
    refuse(gateway, call, reply, read.problems)
    return false
  }
  take(gateway, call, read)
  return true
}

/**
 * What a translation is not to bring along. One that never had the reasoning leaves no id behind by which OpenAI would miss it.
 */
function leftOut({ body }: Gateway, call: Call): Pick<RequestOrigin, 'forgetsReasoning' | 'isUncapped'> {
  const forgetsReasoning = body.dropInputReasoningItems || call.forgetsReasoning
  return { forgetsReasoning, isUncapped: call.isUncapped }
}

/** Makes a request that has been read the one to send. */
function take(gateway: Gateway, call: Call, read: GoodReading): void {
  call.api = read.api
  call.request = read.facts
  call.translation = read.translation
  for (const note of read.notes) gateway.note(call, note)
  call.streaming = call.request.stream
  call.upstreamStreaming =
    call.streaming ||
    (call.arrival.operation.name === 'create' && gateway.streamUpstream(call.api, read.body))
  call.outgoing = read.body
  call.upstreamBody = prepareBody(call, read.body, gateway.body, gateway.savings)
}

/** True when the host has turned out to speak Chat Completions only, or to know no namespaces. */
function changesWay(gateway: Gateway, call: Call, failure: Failure): boolean {
  return call.outgoing !== null && gateway.changesWay(call, failure)
}

/** Translates the request once more, the way that its host wants it now. What cannot go that way is a failure. */
function readAgain(gateway: Gateway, call: Call): Failure | null {
  const { arrival, body } = call
  if (!body) return null
  const read = readRequest(arrival, body, gateway.wayOf(arrival.dialect), leftOut(gateway, call))
  if (read.problems) return refusedRequest(arrival.dialect.refusal(read.problems, arrival.id).message)
  take(gateway, call, read)
  return null
}

function admit(gateway: Gateway, call: Call): Lease | Failure | Promise<Lease | Failure> {
  if (!call.arrival.operation.spends) return FREE
  const started = performance.now()
  let lease = gateway.gate.admit(askOf(call, gateway.wait), call)
  if (!(lease instanceof Promise) && isTooLarge(lease) && holdsEncodedData(call)) {
    lease = gateway.gate.admit(askOf(call, gateway.wait), call)
  }
  if (!(lease instanceof Promise)) return lease
  return lease.finally(() => {
    const waited = performance.now() - started
    call.queuedMs += waited
    // Once refused by a rate limit, a call spends its patience in the queue.
    if (call.attempt?.failure?.retry === 'paced') call.pacedWaitMs += waited
  })
}

/**
 * True when what the call was refused for is Spotter's own doing, a field it has added or a tier without room: the call goes
 * again at once without it, and that counts as no fault.
 */
function sendsAnotherWay(gateway: Gateway, call: Call, lease: Lease, failure: Failure): boolean {
  if (!call.outgoing || !gateway.savings.refused(call.savings, failure)) return false
  // Flex has a queue of its own, which nobody has to wait in who may go at the default tier.
  if (failure.reason !== 'flex_unavailable') lease.rejected(failure)
  lease.settle(null)
  call.upstreamBody = prepareBody(call, call.outgoing, gateway.body, gateway.savings)
  return true
}

/** A rate limit's refusal is no fault: the deadline for faults does not run while a call waits its turn. */
function noteFault(call: Call, failure: Failure): void {
  if (failure.retry === 'paced') return
  call.faultAttempts += 1
  if (call.firstFaultAt === 0) call.firstFaultAt = performance.now()
}

function backOff(gateway: Gateway, call: Call, waitMs: number, failure: Failure): Promise<void> {
  const started = performance.now()
  return new Promise((resolve) => {
    const wake = () => {
      call.onAbort = null
      timer.cancel()
      const waited = performance.now() - started
      call.backoffMs += waited
      if (failure.retry === 'paced') call.pacedWaitMs += waited
      resolve()
    }
    const timer = gateway.wheel.timer(wake)
    timer.set(waitMs)
    call.onAbort = wake
  })
}

async function answered(
  gateway: Gateway,
  call: Call,
  relay: Relay,
  result: Extract<AttemptResult, { kind: 'answer' | 'stream' }>,
): Promise<void> {
  call.facts = result.facts
  if (result.kind === 'stream') {
    relay.startStream(result.headers)
    call.status = 200
    await settle(
      gateway,
      call,
      result.error ? { kind: 'failed', failure: result.error } : { kind: 'completed', facts: result.facts },
    )
    if (result.last.length > 0) relay.write(result.last)
    result.trail()
    return
  }
  call.status = result.status
  if (relay.headSent) {
    // A comment fixed the answer as a stream, and then the upstream did not stream.
    return failed(gateway, call, relay, notAStream())
  }
  await settle(gateway, call, { kind: 'completed', facts: result.facts })
  relay.send(result.status, result.headers, result.body)
}

async function failed(gateway: Gateway, call: Call, relay: Relay, failure: Failure): Promise<void> {
  call.standIn = relay.headSent ? null : gateway.standIn(call, failure)
  call.status = relay.headSent || call.standIn ? 200 : statusOf(gateway, call, failure)
  if (!call.standIn) call.told = wordsFor(gateway, call, relay, failure)
  await settle(gateway, call, { kind: 'failed', failure })
  if (call.standIn) relay.send(200, { 'content-type': 'application/json' }, call.standIn)
  else reportFailure(gateway, call, relay, failure)
}

async function cancelled(gateway: Gateway, call: Call, relay: Relay, lease: Lease | null): Promise<void> {
  lease?.settle(null)
  const by = call.cancelledBy ?? 'client'
  if (by === 'shutdown') return failed(gateway, call, relay, shuttingDown())
  relay.abandon()
  await settle(gateway, call, { kind: 'cancelled', by })
}

/** A defect of our own, on its way to whoever reports it: what the call has going ends, and the call like any other. */
async function givenUp(
  gateway: Gateway,
  call: Call,
  relay: Relay,
  lease: Lease | null,
  error: unknown,
): Promise<void> {
  const abort = call.onAbort
  call.onAbort = null
  abort?.()
  lease?.settle('estimate')
  try {
    if (!call.outcome) await failed(gateway, call, relay, internalError(error))
  } catch {
    // Words for it are what was defective, then: the front door has some of its own.
  }
  relay.abandon()
}

function settle(gateway: Gateway, call: Call, outcome: Outcome): Promise<void> | undefined {
  call.outcome = outcome
  call.endedAt = performance.now()
  return gateway.observers.settled(call)
}

function isTooLarge(lease: Lease | Failure): boolean {
  return !isLease(lease) && lease.reason === 'request_larger_than_limit'
}

function isLease(lease: Lease | Failure): lease is Lease {
  return 'settle' in lease
}

const FREE: Lease = { learn: () => {}, rejected: () => {}, settle: () => {} }
