import type { FaultMatch, InstalledFault } from './faults/fault-desk.ts'
import { readFault, type FaultRequest } from './faults/fault-request.ts'
import { IdMaker } from './ids.ts'
import type { JournalEntry } from './journal.ts'
import type { Simulation } from './simulation.ts'

/** Sums over everything since the start or the last reset. */
export interface SimulatorStatus {
  /** Requests seen, running now, and over. */
  readonly requests: number
  readonly active: number
  readonly finished: number
  /** Answers that wait for the clock. */
  readonly waiting: number
  readonly byStatus: Readonly<Record<string, number>>
  /** Errors by code, or type where there is none. */
  readonly errors: Readonly<Record<string, number>>
  /** Requests answered with a 400, 404, 405, 409 or 422 that no fault had asked for: the strict checks found them wrong. */
  readonly invalid: number
  readonly faults: number
  readonly streams: number
  readonly clientsLeft: number
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  /** Micro-dollars of all requests whose price is known. */
  readonly cost: number
}

/** Steers a simulator and looks into it, from inside the process; the `/_simulator` endpoints use it too. */
export class SimulatorControl {
  readonly #simulation: Simulation
  readonly #seed: number
  #status = emptyStatus()
  #waiting: Waiter[] = []

  constructor(simulation: Simulation, seed: number) {
    this.#simulation = simulation
    this.#seed = seed
  }

  /** Installs a fault by name; `times` is 1 unless the parameters say otherwise. Throws for an unknown name. */
  fault(
    name: string,
    parameters: Readonly<Record<string, unknown>> = {},
    when: FaultMatch = {},
  ): InstalledFault {
    const request = readFault(name, { times: 1, ...parameters })
    if (typeof request === 'string') throw new Error(request)
    return this.install(request, when)
  }

  install(request: FaultRequest, when: FaultMatch = {}): InstalledFault {
    return this.#simulation.faults.install(request, when)
  }

  /** Removes one installed fault, or all. */
  clearFaults(id?: number): void {
    this.#simulation.faults.remove(id)
  }

  get faults(): readonly InstalledFault[] {
    return this.#simulation.faults.installed
  }

  /** The requests seen, oldest first; the control endpoints' own are not among them. */
  get requests(): readonly JournalEntry[] {
    return this.#simulation.journal.entries
  }

  get status(): SimulatorStatus {
    return { ...this.#status, byStatus: { ...this.#status.byStatus }, errors: { ...this.#status.errors } }
  }

  /** Resolves as soon as the status fulfils the condition, at once if it does already. */
  until(condition: (status: SimulatorStatus) => boolean): Promise<void> {
    if (condition(this.#status)) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ condition, resolve }))
  }

  /** Forgets requests, faults, stored responses, quota and bill; ids start over. */
  reset(): void {
    const { journal, faults, store, options } = this.#simulation
    journal.clear()
    faults.reset()
    store.clear()
    options.limiter.reset?.()
    options.biller.reset?.()
    this.#simulation.ids = new IdMaker(this.#seed)
    const { active, waiting } = this.#status
    this.#status = { ...emptyStatus(), active, waiting }
  }

  /** Called by the server when a request begins. */
  began(): void {
    this.#status.requests++
    this.#status.active++
    this.#changed()
  }

  /** Called by the server once a request is over and its journal entry complete. */
  ended(entry: JournalEntry): void {
    const status = this.#status
    status.active--
    status.finished++
    count(status.byStatus, String(entry.status ?? 'none'))
    if (entry.error !== null) count(status.errors, entry.error)
    if (entry.fault !== null) status.faults++
    else if (entry.status !== null && invalidStatuses.has(entry.status)) status.invalid++
    if (entry.stream) status.streams++
    if (entry.clientLeft) status.clientsLeft++
    status.inputTokens += entry.inputTokens
    status.cachedTokens += entry.cachedTokens
    status.outputTokens += entry.outputTokens
    status.cost += entry.cost ?? 0
    this.#changed()
  }

  /** Called by the clock when the number of its timers changes. */
  waits(timers: number): void {
    this.#status.waiting = timers
    this.#changed()
  }

  #changed(): void {
    if (this.#waiting.length === 0) return
    const still: Waiter[] = []
    for (const waiter of this.#waiting) {
      if (waiter.condition(this.#status)) waiter.resolve()
      else still.push(waiter)
    }
    this.#waiting = still
  }
}

interface Waiter {
  readonly condition: (status: SimulatorStatus) => boolean
  readonly resolve: () => void
}

type MutableStatus = { -readonly [Key in keyof SimulatorStatus]: SimulatorStatus[Key] } & {
  byStatus: Record<string, number>
  errors: Record<string, number>
}

const invalidStatuses = new Set([400, 404, 405, 409, 422])

function emptyStatus(): MutableStatus {
  return {
    requests: 0,
    active: 0,
    finished: 0,
    waiting: 0,
    byStatus: {},
    errors: {},
    invalid: 0,
    faults: 0,
    streams: 0,
    clientsLeft: 0,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    cost: 0,
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}
