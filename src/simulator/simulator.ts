import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { systemClock } from '../lib/clock.ts'
import { answerControl } from './control-routes.ts'
import { SimulatorControl } from './control.ts'
import { CountingClock } from './counting-clock.ts'
import { FaultDesk } from './faults/fault-desk.ts'
import { Exchange } from './http/exchange.ts'
import { pathOf } from './http/paths.ts'
import { IdMaker } from './ids.ts'
import { Journal } from './journal.ts'
import { resolveOptions, type SimulatorOptions } from './options.ts'
import { ResponseStore } from './responses/response-store.ts'
import { answer } from './routes.ts'
import type { Simulation } from './simulation.ts'

/** A local OpenAI: an HTTP server that answers like api.openai.com, without a model behind it. */
export interface Simulator {
  /** Starts to listen; port 0 takes a free one. Resolves with the base URL, `http://127.0.0.1:1234/v1`. */
  listen(port?: number, host?: string): Promise<string>
  /** The base URL; empty before `listen`. */
  readonly url: string
  /** Faults, journal, counts: for tests in the same process. */
  readonly control: SimulatorControl
  /** Breaks every connection and stops. */
  close(): Promise<void>
}

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const clock = new CountingClock(options.clock ?? systemClock)
  const resolved = resolveOptions({ ...options, clock })
  const { seed, limiter, biller } = resolved
  const simulation: Simulation = {
    options: resolved,
    journal: new Journal(resolved.journalEntries),
    faults: new FaultDesk(clock, seed),
    store: new ResponseStore(),
    ids: new IdMaker(seed),
  }
  const control = new SimulatorControl(simulation, seed)
  clock.onChange = (timers) => control.waits(timers)
  const extra = [...(limiter.routes ?? []), ...(biller.routes ?? [])]

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const method = request.method ?? 'GET'
    const path = pathOf(request.url ?? '/')
    if (path.startsWith('/_simulator/')) {
      // Looking is not counted, and takes no id from those that requests will get.
      const entry = new Journal(1).open('req_control', clock.now(), method, path, {})
      answerControl(control, new Exchange(request, response, entry, clock, () => undefined), extra)
      return
    }
    const id = simulation.ids.requestId()
    const entry = simulation.journal.open(id, clock.now(), method, path, request.headers)
    control.began()
    answer(simulation, new Exchange(request, response, entry, clock, () => control.ended(entry)), extra)
  }

  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0, headersTimeout: 0 }, handle)
  let url = ''
  return {
    control,
    get url() {
      return url
    },
    listen: (port = 0, host = '127.0.0.1') =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        // Thousands of agents connect at once; the system's default of 511 waiting connections is soon full.
        server.listen({ port, host, backlog: 8192 }, () => {
          const { address, family, port: actual } = server.address() as AddressInfo
          url = `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}/v1`
          resolve(url)
        })
      }),
    close: () =>
      new Promise((resolve) => {
        simulation.store.clear()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
