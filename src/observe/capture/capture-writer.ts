import { Worker } from 'node:worker_threads'
import type { Clock } from '../../lib/clock.ts'
import { markIncomplete } from './capture-files.ts'
import type { CaptureWorkerAnswer, CaptureWorkerData, CaptureWorkerOrder } from './capture-worker.ts'
import { loadBinding } from './file-lock.ts'
import type { CaptureJob } from './job.ts'

export interface CaptureWriterOptions {
  readonly directory: string
  readonly clock: Clock
  /** Told when capture begins to fail and when it works again: one sentence. */
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** A disk that hangs may hold a call's last byte back this long, no longer. */
const PATIENCE_MS = 30_000
const CLOSE_MS = 500

interface Waiting {
  readonly rollout: string
  readonly settle: () => void
  readonly deadline: number
}

/**
 * Hands calls to the thread that writes them down. All calls that settle in one turn of the event loop go over in one
 * message. The thread is started with the first of them.
 */
export class CaptureWriter {
  readonly #options: CaptureWriterOptions
  readonly #waiting = new Map<number, Waiting>()
  #jobs: CaptureJob[] = []
  #worker: Worker | null = null
  #cancelPatience: (() => void) | null = null
  #trouble: string | null = null
  #closed: (() => void) | null = null
  #closing = false

  constructor(options: CaptureWriterOptions) {
    this.#options = options
  }

  /** Resolves when the call is durably written, and also when that is not to be: the call goes on. Never rejects. */
  write(job: CaptureJob): Promise<void> {
    if (this.#closing) return Promise.resolve()
    if (this.#jobs.push(job) === 1) setImmediate(() => this.#send())
    return new Promise((settle) => {
      const deadline = this.#options.clock.now() + PATIENCE_MS
      this.#waiting.set(job.id, { rollout: job.rollout, settle, deadline })
      this.#cancelPatience ??= this.#options.clock.after(PATIENCE_MS, () => this.#loosePatience())
    })
  }

  /** Writes what is left, for half a second at most. */
  async close(): Promise<void> {
    this.#send()
    this.#closing = true
    const worker = this.#worker
    if (worker) {
      const finished = new Promise<void>((resolve) => {
        this.#closed = resolve
      })
      this.#post('close')
      const cancel = this.#options.clock.after(CLOSE_MS, () => this.#closed?.())
      await finished
      cancel()
      await worker.terminate()
    }
    this.#giveUp()
  }

  #send(): void {
    if (this.#jobs.length === 0) return
    const jobs = this.#jobs
    this.#jobs = []
    this.#post(
      jobs,
      jobs.map(({ bytes }) => bytes.buffer),
    )
  }

  #post(order: CaptureWorkerOrder, memory: ArrayBuffer[] = []): void {
    this.#worker ??= this.#start()
    // Only what is under way keeps the process alive.
    this.#worker.ref()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
    this.#worker.postMessage(order, memory)
  }

  #start(): Worker {
    const { directory } = this.#options
    loadBinding()
    const workerData: CaptureWorkerData = { directory }
    // The worker's file has the ending this file has: .ts from source, .js when compiled.
    const file = import.meta.url.endsWith('.ts') ? './capture-worker.ts' : './capture-worker.js'
    const worker = new Worker(new URL(file, import.meta.url), { workerData, name: 'capture' })
    worker.on('message', (answer: CaptureWorkerAnswer) => this.#heard(answer))
    worker.on('error', (error) => this.#fail(error.message))
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null
      this.#closed?.()
      this.#giveUp()
    })
    return worker
  }

  #heard(answer: CaptureWorkerAnswer): void {
    if (answer.kind === 'closed') return this.#closed?.()
    if (answer.kind === 'ready') {
      if (answer.locks) return
      return this.#options.report(
        'warn',
        'capture files are written without flock(2), which this installation lacks (npm package ffi-rs); let no other server write to them on a network file system',
      )
    }
    for (const { ids, trouble } of answer.reports) {
      if (trouble !== null) this.#fail(trouble)
      else if (this.#trouble !== null) this.#recover()
      for (const id of ids) this.#settle(id)
    }
  }

  #settle(id: number): void {
    this.#waiting.get(id)?.settle()
    this.#waiting.delete(id)
    if (this.#waiting.size > 0) return
    this.#cancelPatience?.()
    this.#cancelPatience = null
    if (!this.#closing) this.#worker?.unref()
  }

  /** Lets the calls go that have waited too long; the others are looked at again when their time has come. */
  #loosePatience(): void {
    const now = this.#options.clock.now()
    this.#cancelPatience = null
    let next = Infinity
    for (const [id, { settle, deadline }] of this.#waiting) {
      if (deadline > now) {
        next = Math.min(next, deadline)
        continue
      }
      this.#waiting.delete(id)
      settle()
      this.#fail(`the disk has not answered for ${PATIENCE_MS / 1000} s`)
    }
    if (next < Infinity) {
      this.#cancelPatience = this.#options.clock.after(next - now, () => this.#loosePatience())
    }
  }

  /** The thread is gone, and with it what it had not written. */
  #giveUp(): void {
    for (const [id, { rollout }] of this.#waiting) {
      markIncomplete(this.#options.directory, rollout, 'capture')
      this.#settle(id)
    }
  }

  #fail(trouble: string): void {
    const first = this.#trouble === null
    this.#trouble = trouble
    if (!first) return
    const { directory, report } = this.#options
    report(
      'error',
      `model calls cannot be captured in ${directory} (${trouble}); calls go on, and their rollouts are marked with .capture.incomplete`,
    )
  }

  #recover(): void {
    this.#trouble = null
    this.#options.report('info', 'model calls are captured again')
  }
}
