import type { IncomingHttpHeaders } from 'node:http'

import type { Clock } from '../../lib/clock.ts'
import { parseDirectives } from '../model/directives.ts'
import { createRandom, hashText, type Random } from '../model/random.ts'
import { findFault } from './fault-list.ts'
import { parseFault, type FaultRequest, type FaultSchedule } from './fault-request.ts'
import type { FaultOrder } from './fault.ts'

/** Which requests an installed fault strikes; an absent member matches all. */
export interface FaultMatch {
  readonly model?: string
  /** The path, such as `/v1/responses`; absent: the two that generate. */
  readonly path?: string
  readonly stream?: boolean
  /** A text the body has to contain. */
  readonly contains?: string
  /** The API key, whole. */
  readonly key?: string
}

export interface InstalledFault extends FaultRequest {
  readonly id: number
  readonly when: FaultMatch
  readonly installedAt: number
  /** Matching requests seen, and those struck. */
  seen: number
  struck: number
}

export interface FaultableRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly apiKey: string
  readonly model: string
  readonly stream: boolean
  /** The body as text. */
  readonly raw: string
}

/** Decides whether a request meets a fault, and which: by header, by prompt, by control endpoint, by model name. */
export class FaultDesk {
  readonly #clock: Clock
  #random: Random
  #installed: InstalledFault[] = []
  #nextId = 1
  /** How often a fault asked for by a request itself has matched, by its text and the request it came in. */
  readonly #counts = new Map<string, { seen: number; struck: number }>()
  readonly #seed: number

  constructor(clock: Clock, seed: number) {
    this.#clock = clock
    this.#seed = seed
    this.#random = createRandom(seed ^ 0xfa017)
  }

  get installed(): readonly InstalledFault[] {
    return this.#installed
  }

  install(request: FaultRequest, when: FaultMatch = {}): InstalledFault {
    const fault = { ...request, when, id: this.#nextId++, installedAt: this.#clock.now(), seen: 0, struck: 0 }
    this.#installed.push(fault)
    return fault
  }

  /** Removes one installed fault, or all of them. */
  remove(id?: number): void {
    this.#installed = id === undefined ? [] : this.#installed.filter((fault) => fault.id !== id)
  }

  reset(): void {
    this.remove()
    this.#counts.clear()
    this.#random = createRandom(this.#seed ^ 0xfa017)
  }

  /** The fault this request meets, or null; a sentence when it asks for one that does not exist. */
  choose(request: FaultableRequest): FaultOrder | string | null {
    for (const fault of this.#installed) {
      if (!matches(fault.when, request)) continue
      if (this.#strikes(fault.schedule, fault, this.#clock.now() - fault.installedAt)) return fault
    }
    const header = request.headers['x-simulate-fault']
    if (typeof header === 'string') {
      const order = this.#fromText(header, `header ${hashText(request.raw)}`)
      if (order !== null) return order
    }
    if (request.raw.includes('[[fault:')) {
      const order = this.#fromPrompt(request.raw)
      if (order !== null) return order
    }
    return request.model.startsWith('fault-') ? this.#fromModel(request) : null
  }

  #fromText(text: string, scope: string): FaultOrder | string | null {
    const request = parseFault(text)
    if (typeof request === 'string') return request
    const key = `${text} ${scope}`
    const count = this.#counts.get(key) ?? { seen: 0, struck: 0 }
    if (!this.#counts.has(key)) this.#remember(key, count)
    return this.#strikes(request.schedule, count, 0) ? request : null
  }

  // A conversation carries its directive along from turn to turn, so what surrounds it names the conversation:
  // `times=1` is once in a conversation, not once a turn.
  #fromPrompt(raw: string): FaultOrder | string | null {
    const start = raw.indexOf('[[fault:')
    const surroundings = raw.slice(Math.max(0, start - 100), start + 200)
    for (const { name, value } of parseDirectives(raw.slice(start, start + 400))) {
      if (name !== 'fault') continue
      const order = this.#fromText(value, `prompt ${hashText(surroundings)}`)
      if (order !== null) return order
    }
    return null
  }

  /** `fault-quota` always, `fault-quota-2x` twice for the same body. */
  #fromModel({ model, raw }: FaultableRequest): FaultOrder | string | null {
    const counted = /^fault-(.+)-(\d+)x$/.exec(model)
    const name = counted?.[1] ?? model.slice('fault-'.length)
    if (findFault(name) === null) return null
    return this.#fromText(counted === null ? name : `${name}; times=${counted[2]}`, `model ${hashText(raw)}`)
  }

  #strikes(schedule: FaultSchedule, count: { seen: number; struck: number }, age: number): boolean {
    if (schedule.fromMs !== undefined && age < schedule.fromMs) return false
    if (schedule.untilMs !== undefined && age >= schedule.untilMs) return false
    count.seen++
    if (count.seen <= (schedule.after ?? 0)) return false
    if (count.struck >= (schedule.times ?? Infinity)) return false
    if (schedule.probability !== undefined && this.#random.next() >= schedule.probability) return false
    count.struck++
    return true
  }

  #remember(key: string, count: { seen: number; struck: number }): void {
    if (this.#counts.size >= 10_000) {
      const oldest = this.#counts.keys().next()
      if (!oldest.done) this.#counts.delete(oldest.value)
    }
    this.#counts.set(key, count)
  }
}

const generating = new Set(['/v1/responses', '/v1/chat/completions'])

function matches(when: FaultMatch, request: FaultableRequest): boolean {
  if (when.path === undefined ? !generating.has(request.path) : when.path !== request.path) return false
  if (when.model !== undefined && when.model !== request.model) return false
  if (when.stream !== undefined && when.stream !== request.stream) return false
  if (when.key !== undefined && when.key !== request.apiKey) return false
  return when.contains === undefined || request.raw.includes(when.contains)
}
