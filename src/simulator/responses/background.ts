import type { Admission } from '../generation/admission.ts'
import { createPace, dueAt } from '../generation/pace.ts'
import { playStream } from '../generation/play-stream.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Simulation } from '../simulation.ts'
import type { ResponseReply } from './response-reply.ts'

/**
 * Runs a response whose client does not wait: `queued` at once, `in_progress` a moment later, finished when its
 * tokens are due. A streaming client may leave and come back; the response goes on without it.
 */
export function runInBackground(
  simulation: Simulation,
  exchange: Exchange,
  admission: Admission,
  reply: ResponseReply,
  stream: boolean,
): void {
  const { clock, firstTokenMs, tokensPerSecond } = simulation.options
  const factor = admission.admitted.latencyFactor ?? 1
  const pace = createPace(firstTokenMs, tokensPerSecond, factor, reply.wait)
  const stored = reply.stored
  if (stored === null) return
  stored.object = reply.standing('queued')
  const cancels: (() => void)[] = []
  stored.cancel = () => {
    for (const cancel of cancels) cancel()
    stored.cancel = null
    stored.object = reply.standing('cancelled')
    admission.settle('cancelled', 0, 0, 0)
  }
  cancels.push(
    clock.after(1, () => {
      stored.object = reply.standing('in_progress')
    }),
    clock.after(Math.max(2, dueAt(pace, Math.max(1, reply.outputTokens))), () => {
      stored.cancel = null
      stored.object = reply.body()
      simulation.store.addItems(stored)
      admission.settle(reply.ending, reply.outputTokens, reply.reasoningTokens, reply.webSearches)
    }),
  )
  if (!stream) {
    exchange.sendJson(200, stored.object)
    return
  }
  stored.replay = { frames: () => reply.frames(), pace, startedAt: clock.now() }
  exchange.startStream()
  const play = playStream(reply.frames(), pace, clock, {
    write: (text) => exchange.write(text),
    whenDrained: (callback) => exchange.whenDrained(callback),
    finished: () => exchange.end(reply.ending),
  })
  cancels.push(() => {
    play.stop()
    exchange.end('cancelled')
  })
  exchange.whenGone(() => play.stop())
}
