import type { SimulatorControl } from './control.ts'
import { describeFaults } from './faults/fault-list.ts'
import type { FaultMatch } from './faults/fault-desk.ts'
import { readFault } from './faults/fault-request.ts'
import { asApiError, invalidRequest, unknownParameter } from './http/api-error.ts'
import type { Exchange } from './http/exchange.ts'
import { matchPath } from './http/paths.ts'
import { parseBody, readBody } from './http/read-body.ts'
import { checkMembers } from './checks/shapes.ts'
import { answerExtra } from './extra-routes.ts'
import type { ExtraRoute } from './plugs.ts'
import { isObject, type JsonObject } from './model/json.ts'

/** Answers `/_simulator/…`: what tests and people use to steer the simulator from outside. No key is needed. */
export function answerControl(
  control: SimulatorControl,
  exchange: Exchange,
  extra: readonly ExtraRoute[],
): void {
  for (const route of extra) {
    const parameters = route.method === exchange.request.method ? matchPath(route.path, exchange.path) : null
    if (parameters !== null) {
      answerExtra(exchange, route, parameters)
      return
    }
  }
  readBody(exchange.request, (raw) => {
    if (raw === null) return
    try {
      const body = raw.trim() === '' ? {} : parseBody(raw)
      exchange.sendJson(200, act(control, exchange, body))
    } catch (thrown) {
      exchange.sendError(asApiError(thrown))
    }
  })
}

function act(control: SimulatorControl, exchange: Exchange, body: JsonObject): unknown {
  const { query } = exchange
  switch (`${exchange.request.method} ${exchange.path}`) {
    case 'GET /_simulator/status':
      return control.status
    case 'GET /_simulator/requests':
      return { requests: requests(control, query) }
    case 'POST /_simulator/reset':
      control.reset()
      return { reset: true }
    case 'GET /_simulator/faults':
      return { installed: control.faults.map(describeInstalled), known: describeFaults() }
    case 'POST /_simulator/faults':
      return describeInstalled(install(control, body))
    case 'DELETE /_simulator/faults':
      control.clearFaults(query.has('id') ? Number(query.get('id')) : undefined)
      return { installed: control.faults.map(describeInstalled) }
    default:
      throw invalidRequest(`Invalid URL (${exchange.request.method} ${exchange.path})`, null, null, 404)
  }
}

/** The last `limit` requests, all by default; `?model=`, `?path=` and `?fault=` narrow. */
function requests(control: SimulatorControl, query: URLSearchParams): unknown[] {
  const wanted = ['model', 'path', 'fault'] as const
  const found = control.requests.filter((entry) =>
    wanted.every((name) => !query.has(name) || entry[name] === query.get(name)),
  )
  const limit = Number(query.get('limit') ?? Infinity)
  return found.slice(-limit || undefined)
}

function install(control: SimulatorControl, body: JsonObject): ReturnType<SimulatorControl['install']> {
  const { fault, when, ...parameters } = body
  if (typeof fault !== 'string')
    throw invalidRequest('Name the fault: {"fault": "rate-limit", "times": 2}.', 'fault')
  if (when !== undefined && !isObject(when)) throw unknownParameter('when')
  const match = when ?? {}
  checkMembers(
    match,
    { model: 'string', path: 'string', stream: 'boolean', contains: 'string', key: 'string' },
    'when.',
  )
  const request = readFault(fault, { times: 1, ...parameters })
  if (typeof request === 'string') throw invalidRequest(request, 'fault', 'unknown_fault')
  return control.install(request, match as FaultMatch)
}

function describeInstalled(installed: ReturnType<SimulatorControl['install']>): JsonObject {
  const { id, fault, settings, schedule, when, seen, struck } = installed
  return { id, fault: fault.name, ...settings, ...schedule, when: { ...when }, seen, struck } as JsonObject
}
