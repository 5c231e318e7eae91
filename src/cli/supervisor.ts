import { fork, type ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import type { Log } from '../observe/log.ts'

export interface SupervisorSettings {
  readonly workers: number
  /** Where they all listen; the port is known. */
  readonly address: AddressInfo
  /** Name of the run in the ledger: one for all workers. */
  readonly run: string
  readonly log: Log
  /** After SIGTERM, how long workers may take to end their calls. */
  readonly drainMs: number
  /** Once, when all of them listen. */
  readonly listening: () => void
}

/** A worker that dies again and again is started again ever more slowly; one that lived this long was well. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
const WELL_MS = 60_000
/** Gym kills one second after SIGINT; the port must be free before 0.8 s have passed. */
const HURRY_MS = 720
const AFTER_DRAIN_MS = 2000
const LISTENING = 'listening'

export interface WorkerFacts {
  readonly number: number
  readonly of: number
  /** The same for all workers of a supervisor. */
  readonly server: string
  readonly run: string
  readonly port: number
  /** It speaks for all of them: the first worker, when it is started first. */
  readonly speaks: boolean
}

const VARIABLE = 'SPOTTER_WORKER'

/** What this process is a worker of; null where it is none. */
export function workerFacts(environment: NodeJS.ProcessEnv): WorkerFacts | null {
  const text = environment[VARIABLE]
  if (text === undefined || process.send === undefined) return null
  process.once('disconnect', () => process.kill(process.pid, 'SIGINT'))
  return JSON.parse(text) as WorkerFacts
}

/** A worker tells its supervisor that it takes connections. */
export function tellListening(): void {
  process.send?.(LISTENING)
}

/**
 * The address that workers are to share, if it is free. Each of them listens there for itself (`SO_REUSEPORT`) and the
 * system deals out the connections, so that nothing passes through the supervisor and a worker that is killed takes only
 * its own connections with it. Rejects as `listen` does; with ENOTSUP where the system cannot do that.
 */
export async function sharedAddress(host: string, port: number): Promise<AddressInfo> {
  // Without sharing first: somebody else's shared port must not be taken for a free one.
  const address = await tryToListen({ host, port })
  await tryToListen({ host, port: address.port, reusePort: true })
  return address
}

function tryToListen(where: { host: string; port: number; reusePort?: boolean }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(where, () => {
      const address = server.address() as AddressInfo
      server.close(() => resolve(address))
    })
  })
}

/** Runs several processes of the server on one port and starts again whichever dies. */
export class Supervisor {
  readonly #settings: SupervisorSettings
  readonly #workers = new Map<ChildProcess, number>()
  readonly #deaths = new Map<number, number>()
  #listening = 0
  #told = false
  #stopping = false
  #terminated = false

  constructor(settings: SupervisorSettings) {
    this.#settings = settings
  }

  start(): void {
    process.on('SIGINT', () => this.#hurry())
    process.on('SIGTERM', () => this.#drain())
    process.on('SIGUSR2', () => this.#signal('SIGUSR2'))
    for (let number = 1; number <= this.#settings.workers; number++) this.#fork(number)
  }

  #fork(number: number): void {
    if (this.#stopping) return
    const { workers, run, address } = this.#settings
    const facts: WorkerFacts = {
      number,
      of: workers,
      server: String(process.pid),
      run,
      port: address.port,
      speaks: number === 1 && !this.#told,
    }
    const [, program = '', ...rest] = process.argv
    const worker = fork(program, rest, { env: { ...process.env, [VARIABLE]: JSON.stringify(facts) } })
    const startedAt = performance.now()
    this.#workers.set(worker, number)
    worker.on('message', (message) => {
      if (message === LISTENING) this.#heard()
    })
    worker.once('exit', (code, signal) => {
      if (performance.now() - startedAt > WELL_MS) this.#deaths.delete(number)
      this.#ended(worker, number, signal ?? code ?? 0)
    })
    // Without memory for another process there is an error in place of an exit.
    worker.once('error', (error) => {
      if (worker.pid === undefined) this.#ended(worker, number, error.message)
    })
  }

  #heard(): void {
    this.#listening += 1
    if (this.#told || this.#listening < this.#settings.workers) return
    this.#told = true
    this.#settings.listening()
  }

  #ended(worker: ChildProcess, number: number, how: string | number): void {
    this.#workers.delete(worker)
    if (this.#stopping) {
      if (this.#workers.size === 0) process.exit(0)
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
    this.#settings.log.error(
      `worker ${number} (process ${worker.pid}) has died (${how}): its open calls are lost, it is started again in ${pauseMs / 1000} s`,
    )
    setTimeout(() => this.#fork(number), pauseMs)
  }

  #hurry(): void {
    this.#stopping = true
    this.#signal('SIGINT')
    this.#killAfter(HURRY_MS)
    if (this.#workers.size === 0) process.exit(0)
  }

  #drain(): void {
    this.#stopping = true
    this.#signal('SIGTERM')
    if (!this.#terminated) this.#killAfter(this.#settings.drainMs + AFTER_DRAIN_MS)
    this.#terminated = true
    if (this.#workers.size === 0) process.exit(0)
  }

  #killAfter(milliseconds: number): void {
    setTimeout(() => {
      this.#signal('SIGKILL')
      process.exit(0)
    }, milliseconds)
  }

  #signal(name: NodeJS.Signals): void {
    for (const worker of this.#workers.keys()) worker.kill(name)
  }
}
