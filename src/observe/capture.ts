import type { Call } from '../call/call.ts'
import type { Clock } from '../lib/clock.ts'
import { jobOf } from './capture/call-job.ts'
import { markIncomplete } from './capture/capture-files.ts'
import { CaptureWriter } from './capture/capture-writer.ts'
import type { Observer } from './observer.ts'

export interface CaptureOptions {
  /** Name of the server in Gym's configuration. */
  readonly server: string
  /** One absolute directory for all servers of a run. */
  readonly directory: string
  /** Where Gym looks for token ids; null where it captures none. */
  readonly tokenDirectory: string | null
  readonly clock: Clock
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void
  /** What a settled call cost, in micro-dollars; null where that is not known. */
  readonly microDollars?: (call: Call) => number | null
}

/**
 * Writes down every call of a rollout as Gym's own servers do, so that Gym attaches it to the rollout's record. An
 * answer's last byte waits until the line is durable; nothing else of an answer waits, and a disk in trouble loses the
 * line and never the call.
 */
export class Capture implements Observer {
  readonly name = 'capture'
  readonly #options: CaptureOptions
  readonly #writer: CaptureWriter
  readonly #streams = new WeakMap<Call, Buffer[]>()
  #jobs = 0
  #told = { name: false, tokens: false }

  constructor(options: CaptureOptions) {
    this.#options = options
    this.#writer = new CaptureWriter(options)
  }

  /** A new attempt: what an earlier one streamed never reached the caller. */
  admitted(call: Call): void {
    this.#streams.delete(call)
  }

  chunk(call: Call, bytes: Buffer): void {
    if (!this.#wants(call)) return
    const chunks = this.#streams.get(call)
    if (chunks) chunks.push(bytes)
    else this.#streams.set(call, [bytes])
  }

  settled(call: Call): Promise<void> | undefined {
    const { rollout, trainingCapture } = call.arrival
    if (!this.#wants(call) || rollout === null) return undefined
    if (trainingCapture) this.#noTokens(rollout)
    const stream = this.#streams.get(call) ?? []
    this.#streams.delete(call)
    const microDollars = this.#options.microDollars?.(call) ?? null
    this.#jobs += 1
    return this.#writer.write(
      jobOf(call, { id: this.#jobs, server: this.#options.server, stream, microDollars }),
    )
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  #wants({ arrival }: Call): boolean {
    if (arrival.rollout === null || arrival.operation.name !== 'create') return false
    if (arrival.rolloutIsFileName) return true
    if (!this.#told.name) {
      this.#told.name = true
      const shown = JSON.stringify(arrival.rollout.slice(0, 60))
      this.#options.report(
        'warn',
        `calls of the rollout ${shown} are not captured: an id may hold ASCII letters, digits, dot, underscore and hyphen only`,
      )
    }
    return false
  }

  /** OpenAI gives no token ids: Gym must not take a rollout for training whose record of them would be empty. */
  #noTokens(rollout: string): void {
    const { tokenDirectory } = this.#options
    if (!this.#told.tokens) {
      this.#told.tokens = true
      this.#options.report(
        'warn',
        'training capture is asked for, and OpenAI gives no token ids: such rollouts are captured for evaluation, and their token records marked incomplete',
      )
    }
    if (tokenDirectory !== null) markIncomplete(tokenDirectory, rollout, 'tokens')
  }
}
