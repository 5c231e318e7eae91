import { findFault } from './fault-list.ts'
import type { Fault, FaultSettings } from './fault.ts'

/** How often a fault strikes, and whom. */
export interface FaultSchedule {
  /** Strikes so many times, then no more. */
  readonly times?: number
  /** Lets so many matching requests through first. */
  readonly after?: number
  /** The share of matching requests that are struck, 0 to 1. */
  readonly probability?: number
  /** Strikes only from and until so many milliseconds after it was installed. */
  readonly fromMs?: number
  readonly untilMs?: number
}

/** A fault as a header, a directive or the control endpoint asks for it. */
export interface FaultRequest {
  readonly fault: Fault
  readonly settings: FaultSettings
  readonly schedule: FaultSchedule
}

/** Every parameter a fault takes: its name on the wire, and what it sets. */
export const faultParameters: Readonly<
  Record<string, { of: 'settings' | 'schedule'; key: string; type: string }>
> = {
  times: { of: 'schedule', key: 'times', type: 'number' },
  after: { of: 'schedule', key: 'after', type: 'number' },
  probability: { of: 'schedule', key: 'probability', type: 'number' },
  from: { of: 'schedule', key: 'fromMs', type: 'number' },
  until: { of: 'schedule', key: 'untilMs', type: 'number' },
  wait: { of: 'settings', key: 'waitMs', type: 'number' },
  'retry-after': { of: 'settings', key: 'retryAfter', type: 'string' },
  'retry-after-ms': { of: 'settings', key: 'retryAfterMs', type: 'string' },
  'should-retry': { of: 'settings', key: 'shouldRetry', type: 'string' },
  'in-stream': { of: 'settings', key: 'inStream', type: 'boolean' },
  status: { of: 'settings', key: 'status', type: 'number' },
  type: { of: 'settings', key: 'type', type: 'string' },
  code: { of: 'settings', key: 'code', type: 'string' },
  message: { of: 'settings', key: 'message', type: 'string' },
}

/** Reads `name; times=2; retry-after=1`; a sentence tells what is wrong with it. */
export function parseFault(text: string): FaultRequest | string {
  const [name = '', ...rest] = text.split(';').map((part) => part.trim())
  const parameters: Record<string, unknown> = {}
  for (const part of rest) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const key = equals < 0 ? part : part.slice(0, equals).trim()
    parameters[key] = equals < 0 ? 'true' : part.slice(equals + 1).trim()
  }
  return readFault(name, parameters)
}

/** Reads a fault's parameters, given as texts or as JSON values; a sentence tells what is wrong. */
export function readFault(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
): FaultRequest | string {
  const found = findFault(name)
  if (found === null) return `There is no fault "${name}"; GET /_simulator/faults lists them all.`
  const settings: Record<string, unknown> = { ...found.settings }
  const schedule: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(parameters)) {
    const name = key.replaceAll('_', '-')
    const parameter = Object.hasOwn(faultParameters, name) ? faultParameters[name] : undefined
    if (parameter === undefined) {
      return `A fault has no parameter "${key}"; it has ${Object.keys(faultParameters).join(', ')}.`
    }
    const read = readValue(value, parameter.type)
    if (read === null)
      return `The parameter "${key}" of a fault has to be a ${parameter.type}, not ${JSON.stringify(value)}.`
    const target = parameter.of === 'settings' ? settings : schedule
    target[parameter.key] = read
  }
  return { fault: found.fault, settings, schedule }
}

function readValue(value: unknown, type: string): string | number | boolean | null {
  if (type === 'number') {
    const number = value === '' ? Number.NaN : Number(value)
    return Number.isFinite(number) ? number : null
  }
  if (type === 'boolean')
    return value === true || value === 'true' ? true : value === false || value === 'false' ? false : null
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null
}
