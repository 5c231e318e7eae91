import type { Clock } from '../../lib/clock.ts'
import type { Frame } from './reply.ts'
import { dueAt, type Pace } from './pace.ts'

/** Where a stream goes. */
export interface StreamTarget {
  /** False when it is full; then `whenDrained` calls back. */
  write(text: string): boolean
  whenDrained(callback: () => void): void
  /** Everything is written. */
  finished(): void
}

export interface StreamPlay {
  /** Tokens sent so far. */
  readonly tokens: number
  stop(): void
}

/** Frames due within this many milliseconds go out together: one timer and one write for many streams' tokens. */
const tick = 4
const mostBytesAtOnce = 65_536

/** Writes each frame when its tokens, counted from `start`, are due, and waits for a slow reader. */
export function playStream(
  frames: Iterable<Frame>,
  pace: Pace,
  clock: Clock,
  target: StreamTarget,
  start = clock.now(),
): StreamPlay {
  let cancel: (() => void) | null = null
  // An object, because callbacks change it while a loop looks at it.
  const state = { stopped: false, tokens: 0 }
  const iterator = frames[Symbol.iterator]()
  let next = iterator.next()

  const run = (): void => {
    cancel = null
    let batch = ''
    while (!state.stopped && !next.done) {
      const due = start + dueAt(pace, state.tokens + next.value.tokens)
      const wait = next.value.tokens === 0 ? 0 : due - clock.now()
      if (wait > 0) {
        if (batch !== '') target.write(batch)
        cancel = clock.after(Math.max(wait, tick), run)
        return
      }
      batch += next.value.text
      state.tokens += next.value.tokens
      next = iterator.next()
      if (batch.length < mostBytesAtOnce) continue
      const goOn = target.write(batch)
      batch = ''
      if (!goOn && !state.stopped) {
        target.whenDrained(run)
        return
      }
    }
    if (state.stopped) return
    if (batch !== '') target.write(batch)
    state.stopped = true
    target.finished()
  }
  run()

  return {
    get tokens() {
      return state.tokens
    },
    stop() {
      state.stopped = true
      cancel?.()
    },
  }
}
