import type { Frame } from '../generation/reply.ts'
import type { FaultAction } from './fault.ts'

/** The frames of a good stream as a fault lets them through. */
export function alteredFrames(frames: Iterable<Frame>, action: FaultAction): Iterable<Frame> {
  if (action.kind === 'connection' || action.kind === 'truncated') {
    const all = [...frames]
    return all.slice(0, Math.floor(all.length / 2))
  }
  return action.kind === 'writing' && action.how === 'comments' ? commented(frames) : frames
}

function* commented(frames: Iterable<Frame>): Generator<Frame> {
  for (const frame of frames) yield { ...frame, text: `: keep-alive\n\n${frame.text}` }
}
