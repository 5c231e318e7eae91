import cluster, { type Worker as Process } from 'node:cluster'
import type { AddressInfo } from 'node:net'
import type { Log } from '../observe/log.ts'

export interface SupervisorSettings {
  readonly workers: number
  /** Name of the run in the ledger: one for all workers. */
  readonly run: string
  readonly log: Log
  /** After SIGTERM, how long workers may take to end their calls. */
  readonly drainMs: number
  /** Once, when all of them listen. */
  readonly listening: (address: AddressInfo) => void
}

/** A worker that dies again and again is started again ever more slowly; one that lived this long was well. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
const WELL_MS = 60_000
/** Gym kills one second after SIGINT; the port must be free before 0.8 s have passed. */
const HURRY_MS = 720
const AFTER_DRAIN_MS = 2000

/** Variables by which a worker knows what it is. */
const WORKER = 'SPOTTER_WORKER'
const SERVER = 'SPOTTER_SERVER'
const RUN = 'SPOTTER_RUN'
const AGAIN = 'SPOTTER_WORKER_AGAIN'

export interface WorkerFacts {
  readonly number: number
  readonly of: number
  readonly server: string
  readonly run: string
  /** It speaks for all of them: the first worker, when it is started first. */
  readonly speaks: boolean
}

/** What this process is a worker of; null where it is none. */
export function workerFacts(environment: NodeJS.ProcessEnv): WorkerFacts | null {
  const [number, of] = (environment[WORKER] ?? '').split('/').map(Number)
  if (!cluster.isWorker || !number || !of) return null
  const speaks = number === 1 && environment[AGAIN] === undefined
  return { number, of, server: environment[SERVER] ?? '', run: environment[RUN] ?? '', speaks }
}

/**
 * Runs several processes of the server on one port and starts again whichever dies. It takes the connections and deals
 * them out in turn, so that a worker that is killed takes nobody's connection with it but those it had. Calls never pass
 * through this process.
 */
export class Supervisor {
  readonly #settings: SupervisorSettings
  readonly #numbers = new Map<Process, number>()
  readonly #deaths = new Map<number, number>()
  #listening = 0
  #told = false
  #stopping = false
  #terminated = false

  constructor(settings: SupervisorSettings) {
    this.#settings = settings
  }

  start(): void {
    cluster.schedulingPolicy = cluster.SCHED_RR
    cluster.on('listening', (_worker, address) => this.#heard(address as unknown as AddressInfo))
    cluster.on('exit', (worker, code, signal: string | null) => this.#ended(worker, signal ?? code))
    process.on('SIGINT', () => this.#hurry())
    process.on('SIGTERM', () => this.#drain())
    process.on('SIGUSR2', () => this.#signal('SIGUSR2'))
    for (let number = 1; number <= this.#settings.workers; number++) this.#fork(number)
  }

  #fork(number: number): void {
    if (this.#stopping) return
    const { workers, run } = this.#settings
    const facts = { [WORKER]: `${number}/${workers}`, [SERVER]: String(process.pid), [RUN]: run }
    const worker = cluster.fork(this.#told ? { ...facts, [AGAIN]: '1' } : facts)
    const startedAt = performance.now()
    worker.once('exit', () => {
      if (performance.now() - startedAt > WELL_MS) this.#deaths.delete(number)
    })
    this.#numbers.set(worker, number)
  }

  #heard(address: AddressInfo): void {
    this.#listening += 1
    if (this.#told || this.#listening < this.#settings.workers) return
    this.#told = true
    this.#settings.listening(address)
  }

  #ended(worker: Process, how: string | number): void {
    const { log } = this.#settings
    const number = this.#numbers.get(worker) ?? 0
    this.#numbers.delete(worker)
    if (this.#stopping) {
      if (this.#numbers.size === 0) process.exit(0)
      return
    }
    if (!this.#told && how === 1) {
      // What keeps one from starting keeps them all: it has said what it is.
      this.#stopping = true
      this.#signal('SIGKILL')
      process.exit(1)
    }
    const deaths = this.#deaths.get(number) ?? 0
    this.#deaths.set(number, deaths + 1)
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** deaths)
    log.error(
      `worker ${number} (process ${worker.process.pid}) has died (${how}): its open calls are lost, it is started again in ${pauseMs / 1000} s`,
    )
    setTimeout(() => this.#fork(number), pauseMs)
  }

  #hurry(): void {
    this.#stopping = true
    this.#signal('SIGINT')
    this.#killAfter(HURRY_MS)
    if (this.#numbers.size === 0) process.exit(0)
  }

  #drain(): void {
    this.#stopping = true
    this.#signal('SIGTERM')
    if (!this.#terminated) this.#killAfter(this.#settings.drainMs + AFTER_DRAIN_MS)
    this.#terminated = true
    if (this.#numbers.size === 0) process.exit(0)
  }

  #killAfter(milliseconds: number): void {
    setTimeout(() => {
      this.#signal('SIGKILL')
      process.exit(0)
    }, milliseconds)
  }

  #signal(name: NodeJS.Signals): void {
    for (const worker of this.#numbers.keys()) worker.process.kill(name)
  }
}
