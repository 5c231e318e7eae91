import type { Exchange } from '../http/exchange.ts'
import { faultError } from '../faults/inflict.ts'
import type { FaultContext, FaultOrder } from '../faults/fault.ts'
import { alteredFrames } from '../faults/altered-frames.ts'
import type { Simulation } from '../simulation.ts'
import type { Admission } from './admission.ts'
import { createPace, dueAt } from './pace.ts'
import { playStream } from './play-stream.ts'
import type { Reply } from './reply.ts'

/** Sends an answer at the model's pace, whole or as a stream, and lets the fault have its way with it. */
export function deliver(
  simulation: Simulation,
  exchange: Exchange,
  admission: Admission,
  reply: Reply,
  stream: boolean,
  order: FaultOrder | null,
  context: FaultContext,
): void {
  const { options } = simulation
  const slow = order?.fault.action.kind === 'slow' ? (order.settings.waitMs ?? 30_000) : 0
  const factor = admission.admitted.latencyFactor ?? 1
  const pace = createPace(options.firstTokenMs, options.tokensPerSecond, factor, reply.wait + slow)
  if (admission.promptRead !== null && dueAt(pace, 1) > 0)
    options.clock.after(dueAt(pace, 1), admission.promptRead)
  if (stream && admission.admitted.lateHeaders !== true) {
    deliverStream(simulation, exchange, admission, reply, order, context, pace)
    return
  }
  const wait = dueAt(pace, Math.max(1, reply.outputTokens))
  const send = (): void => {
    if (stream) {
      const atOnce = createPace(0, 0)
      deliverStream(simulation, exchange, admission, reply, order, context, atOnce)
    } else deliverWhole(exchange, admission, reply, order, context)
  }
  if (wait <= 0) {
    send()
    return
  }
  const cancel = options.clock.after(wait, send)
  exchange.whenGone(() => {
    cancel()
    // What was made until now has been paid for: a client that leaves is billed for it.
    const made = Math.floor(((options.clock.now() - exchange.entry.startedAt) / wait) * reply.outputTokens)
    admission.settle('cancelled', Math.min(made, reply.outputTokens), 0, 0)
  })
}

function deliverWhole(
  exchange: Exchange,
  admission: Admission,
  reply: Reply,
  order: FaultOrder | null,
  context: FaultContext,
): void {
  const action = order?.fault.action
  if (action?.kind === 'failure') {
    const error = action.error(context)
    admission.settle('failed', 0, 0, 0)
    const body = reply.failedBody(error.fields)
    if (body === null) exchange.sendError(faultError(error, context))
    else {
      exchange.noteError(error)
      exchange.sendJson(200, body)
    }
    return
  }
  const text = JSON.stringify(reply.body())
  admission.settle(reply.ending, reply.outputTokens, reply.reasoningTokens, reply.webSearches)
  if (action?.kind !== 'connection' && action?.kind !== 'truncated') {
    exchange.sendText(200, 'application/json', text)
    return
  }
  exchange.writeHead(200, 'application/json', { 'content-length': String(Buffer.byteLength(text)) })
  exchange.response.flushHeaders()
  if (action.kind === 'truncated' || action.moment === 'middle')
    exchange.write(text.slice(0, text.length / 2))
  breakLater(exchange, action.kind === 'truncated' ? 'close' : action.how)
}

function deliverStream(
  simulation: Simulation,
  exchange: Exchange,
  admission: Admission,
  reply: Reply,
  order: FaultOrder | null,
  context: FaultContext,
  pace: ReturnType<typeof createPace>,
): void {
  const action = order?.fault.action
  let frames = reply.frames()
  let ending = reply.ending
  if (action?.kind === 'failure' || action?.kind === 'error') {
    const error = action.error(context)
    exchange.noteError(error)
    const [events, late] =
      action.kind === 'error' ? [['error', 'failed'] as const, false] : [action.events, action.late]
    frames = reply.failedFrames(error.fields, events, late)
    ending = 'failed'
  } else if (action !== undefined) {
    frames = alteredFrames(frames, action)
    exchange.chopped = action.kind === 'writing' && action.how === 'chopped'
  }

  exchange.startStream()
  if (action?.kind === 'connection' && action.moment === 'after-headers') {
    exchange.response.flushHeaders()
    admission.settle('failed', 0, 0, 0)
    breakLater(exchange, action.how)
    return
  }
  const play = playStream(frames, pace, simulation.options.clock, {
    write: (text) => exchange.write(text),
    whenDrained: (callback) => exchange.whenDrained(callback),
    finished() {
      const all = ending === reply.ending
      admission.settle(
        ending,
        all ? reply.outputTokens : 0,
        all ? reply.reasoningTokens : 0,
        all ? reply.webSearches : 0,
      )
      if (action?.kind === 'connection') breakLater(exchange, action.how)
      else exchange.end(ending)
    },
  })
  exchange.whenGone(() => {
    play.stop()
    admission.settle('cancelled', Math.min(play.tokens, reply.outputTokens), 0, 0)
  })
}

/** Breaks the connection once what was written before has left; silence just never goes on. */
function breakLater(exchange: Exchange, how: 'reset' | 'close' | 'silence'): void {
  if (how === 'silence') return
  // An empty write calls back when everything before it was handed to the system.
  exchange.response.write('', () => setImmediate(() => exchange.breakOff(how)))
}
