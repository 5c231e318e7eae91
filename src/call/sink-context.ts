import type { StreamError } from '../dialect/dialect.ts'
import type { TimerWheel } from '../lib/timer-wheel.ts'
import type { UpstreamHeaders } from '../upstream/upstream.ts'
import type { Attempt, Call } from './call.ts'
import type { Failure } from './outcome.ts'
import type { Relay } from './relay.ts'

/** How a wrong answer is judged. Supplied by the composition: the call layer knows no provider. */
export interface Judge {
  answer(call: Call, status: number, headers: UpstreamHeaders, body: Buffer): Failure
  stream(error: StreamError): Failure
  truncated(): Failure
}

/** Watches the bytes of a stream as they pass. */
export type ChunkWatcher = (call: Call, bytes: Buffer) => void

/** What receives an answer works with. */
export interface SinkContext {
  readonly call: Call
  readonly attempt: Attempt
  readonly relay: Relay
  readonly judge: Judge
  readonly wheel: TimerWheel
  readonly preambleHoldMs: number
  headArrived(status: number, headers: UpstreamHeaders): void
  readonly chunkPassed: ChunkWatcher | null
}
