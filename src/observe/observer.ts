import type { Attempt, Call } from '../call/call.ts'

/** Watches calls and never changes them. Every method is synchronous and may not throw outward. */
export interface Observer {
  readonly name: string
  admitted?(call: Call): void
  attempted?(call: Call, attempt: Attempt): void
  /** Bytes of a streamed answer as they pass. */
  chunk?(call: Call, bytes: Buffer): void
  /**
   * The call has its outcome, and the last byte of its answer has not left yet. An observer that must have written
   * something down first returns a promise; the answer's end waits for it.
   */
  settled?(call: Call): Promise<void> | undefined
  close?(): Promise<void> | void
}
