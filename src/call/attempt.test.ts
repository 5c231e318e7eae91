import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnswerTranslation } from '../dialect/translation.ts'
import { responses } from '../dialect/responses.ts'
import { ManualClock } from '../lib/clock.ts'
import { TimerWheel } from '../lib/timer-wheel.ts'
import type { Lease } from '../policy/gate.ts'
import type { Flow, ResponseSink } from '../upstream/upstream.ts'
import { attempt } from './attempt.ts'
import { Call, type Arrival } from './call.ts'
import type { Gateway } from './gateway.ts'
import { Relay } from './relay.ts'
import type { Reply } from './reply.ts'

const flow: Flow = { pause() {}, resume() {}, abort() {} }
const stream = { 'content-type': 'text/event-stream' }
const word = Buffer.from('event: response.output_text.delta\ndata: {"delta":"word"}\n\n')
const end = Buffer.from(
  'event: response.completed\ndata: {"type":"response.completed","response":{"id":"resp_1","status":"completed"}}\n\n',
)

/** An attempt at an upstream that does what the test has it do; what happens is written down in order. */
function start(translation: AnswerTranslation | null = null) {
  const happened: string[] = []
  const did = (what: string) => () => void happened.push(what)
  const call = new Call({
    dialect: responses,
    operation: { name: 'create', method: 'POST', spends: true },
  } as Arrival)
  call.streaming = true
  call.translation = translation
  const reply: Reply = {
    headSent: false,
    onDrain: null,
    head: did('head'),
    flush: did('flush'),
    write: () => happened.push('write') > 0,
    end: did('end'),
    send: did('send'),
  }
  const wheel = new TimerWheel(new ManualClock())
  let sink: ResponseSink | null = null
  const gateway = {
    wheel,
    preambleHoldMs: 500,
    firstByteMs: 1000,
    idleMs: 1000,
    observers: { admitted() {}, attempted() {}, chunk: null },
    savings: { heard() {} },
    judge: {
      truncated: () => {
        happened.push('judged')
        return { message: 'cut off' }
      },
    },
    upstream: {
      send(_request: unknown, given: ResponseSink) {
        sink = given
        return flow
      },
    },
  } as unknown as Gateway
  const lease: Lease = { learn: did('learn'), rejected: did('rejected'), settle: did('settle') }
  const relay = new Relay(reply, { headerWaitMs: 10_000, commentIntervalMs: 0 }, wheel, true, '')
  const result = attempt(gateway, call, relay, lease)
  assert.ok(sink)
  return { happened, result, sink: sink as ResponseSink }
}

test('the caller gets what came with the head before anything is learned from it', async () => {
  const { happened, result, sink } = start()
  sink.head(200, stream, flow)
  sink.chunk(word)
  assert.deepEqual(happened, ['head', 'write'])
  sink.chunk(end)
  sink.end()
  void result.then(() => happened.push('over'))
  await result
  assert.deepEqual(happened, ['head', 'write', 'learn', 'over'])
})

test('what a refusal says of the limits is learned before the attempt is over', async () => {
  const { happened, result, sink } = start()
  sink.head(429, {}, flow)
  sink.fail({ message: 'refused' } as Parameters<ResponseSink['fail']>[0])
  void result.then(() => happened.push('over'))
  assert.equal((await result).kind, 'failed')
  assert.deepEqual(happened, ['learn', 'over'])
})

const made: string[] = []
const inCapitals: AnswerTranslation = {
  whole: (body) => ({ ok: true, body }),
  stream: () => {
    made.push('stream')
    return {
      push: (bytes) => bytes.toString().toUpperCase(),
      failure: null,
      stopped: false,
      end: () => '',
    }
  },
}

test('the translation of the answer is made while the upstream thinks, once', async () => {
  made.length = 0
  const { happened, result, sink } = start(inCapitals)
  assert.deepEqual(made, [])
  sink.sent?.()
  assert.deepEqual(made, ['stream'])
  sink.head(200, stream, flow)
  sink.chunk(word)
  sink.chunk(end)
  // The end of the connection behind the last event is nothing to be judged.
  sink.end()
  assert.equal((await result).kind, 'stream')
  assert.deepEqual(made, ['stream'])
  assert.equal(happened.includes('judged'), false)
})

test('a stream that breaks off is judged, whether its request was known to be sent or not', async () => {
  made.length = 0
  const { happened, result, sink } = start(inCapitals)
  sink.head(200, stream, flow)
  sink.chunk(word)
  sink.end()
  assert.equal((await result).kind, 'failed')
  assert.deepEqual(made, ['stream'])
  assert.ok(happened.includes('judged'))
})
