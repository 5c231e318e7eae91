import { hashText } from '../../model/random.ts'

/** How requests are spread over the machines that hold the caches. */
export interface RoutingOptions {
  /** Requests per minute that one prefix and key send to the same machine before they overflow to the next. */
  readonly requestsPerMinute: number
  readonly machines: number
}

const minuteMs = 60_000
const routesBeforeSweep = 10_000

/** The requests of one prefix and key in the last minute, oldest first, and how many of them each of its machines got. */
interface Route {
  readonly recent: { readonly at: number; readonly turn: number }[]
  readonly loads: number[]
}

/**
 * Sends the requests of one prefix and key to one machine, and what is more than that machine takes in a minute to a
 * second one, a third one, and so on. Another machine has its own cache: an overflow is a miss, not an error.
 */
export class MachineRouting {
  readonly #options: RoutingOptions
  readonly #routes = new Map<string, Route>()
  #sweepAt = routesBeforeSweep

  constructor(options: RoutingOptions) {
    this.#options = options
  }

  /** The machine of a request whose first tokens have the digest `head`. */
  machine(head: string, key: string | null, now: number): number {
    const name = key === null ? head : `${head} ${key}`
    const route = this.#route(name, now)
    let turn = 0
    while ((route.loads[turn] ?? 0) >= this.#options.requestsPerMinute) turn++
    route.loads[turn] = (route.loads[turn] ?? 0) + 1
    route.recent.push({ at: now, turn })
    return hashText(`${name} ${turn}`) % this.#options.machines
  }

  clear(): void {
    this.#routes.clear()
  }

  #route(name: string, now: number): Route {
    let route = this.#routes.get(name)
    if (route === undefined) {
      if (this.#routes.size >= this.#sweepAt) this.#sweep(now)
      route = { recent: [], loads: [] }
      this.#routes.set(name, route)
    }
    forgetOld(route, now)
    return route
  }

  #sweep(now: number): void {
    for (const [name, route] of this.#routes) {
      forgetOld(route, now)
      if (route.recent.length === 0) this.#routes.delete(name)
    }
    this.#sweepAt = Math.max(routesBeforeSweep, this.#routes.size * 2)
  }
}

function forgetOld({ recent, loads }: Route, now: number): void {
  let old = 0
  for (const { at, turn } of recent) {
    if (at > now - minuteMs) break
    loads[turn] = (loads[turn] ?? 1) - 1
    old++
  }
  if (old > 0) recent.splice(0, old)
}
