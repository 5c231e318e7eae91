import { fork, type ChildProcess } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How busy a process was since it began with a run. */
export interface Load {
  readonly cpuMs: number
  /** 99th percentile of the delay of its event loop, in ms. */
  readonly delayP99: number
}

/** A process of the bench itself, seen from its parent; both sides send messages. */
export class Child<Order extends object, Report extends { readonly kind: string }> {
  readonly #process: ChildProcess
  readonly #name: string
  readonly #waiting: { kind: string; resolve: (report: never) => void; reject: (error: Error) => void }[] = []
  #ended: Error | null = null
  /** Resolves once the process obeys. */
  readonly ready: Promise<unknown>

  constructor(file: string) {
    this.#name = file
    this.#process = fork(file, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#process.on('message', (report: Report) => {
      const index = this.#waiting.findIndex(({ kind }) => kind === report.kind)
      if (index >= 0) this.#waiting.splice(index, 1)[0]!.resolve(report as never)
    })
    this.#process.on('exit', (code, signal) => {
      this.#ended = new Error(`${this.#name} ended by itself (${signal ?? code})`)
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended)
    })
    this.ready = this.next('ready' as Report['kind'])
  }

  tell(order: Order): void {
    if (this.#process.connected) this.#process.send(order)
  }

  /** The next report of a kind. */
  next<Kind extends Report['kind']>(kind: Kind): Promise<Extract<Report, { kind: Kind }>> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => this.#waiting.push({ kind, resolve: resolve as never, reject }))
  }

  /** Tells something and waits for the answer to it. */
  ask<Kind extends Report['kind']>(order: Order, kind: Kind): Promise<Extract<Report, { kind: Kind }>> {
    const answer = this.next(kind)
    this.tell(order)
    return answer
  }

  stop(): void {
    this.#process.removeAllListeners('exit')
    this.#process.kill('SIGKILL')
  }
}

/** Obeys the parent, and ends with it. */
export function obey<Order>(act: (order: Order) => void): void {
  process.on('message', act)
  process.on('disconnect', () => process.exit(0))
  report({ kind: 'ready' })
}

/** Tells the parent something. */
export function report<Report>(message: Report): void {
  process.send?.(message)
}

/** How busy this process is from `reset` on. */
export function watchLoad(): { reset(): void; read(): Load } {
  // Each look is a timer of its own: a finer resolution would be load itself.
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  let before = process.cpuUsage()
  return {
    reset() {
      delay.reset()
      before = process.cpuUsage()
    },
    read() {
      const { user, system } = process.cpuUsage(before)
      return { cpuMs: (user + system) / 1000, delayP99: Math.max(0, delay.percentile(99) / 1e6 - 20) }
    },
  }
}
