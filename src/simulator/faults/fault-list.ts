import { capacityFaults } from './capacity-faults.ts'
import type { Fault, FaultSettings } from './fault.ts'
import { requestFaults } from './request-faults.ts'
import { wireFaults } from './wire-faults.ts'

/** Ready-made variations of the rate limit: the forms in which the wait may be told. */
const retryAfterForms: readonly [string, string, FaultSettings][] = [
  ['retry-after', 'in seconds', { retryAfter: '1' }],
  ['retry-after-zero', 'of 0', { retryAfter: '0' }],
  ['retry-after-fraction', 'of a fraction of a second', { retryAfter: '0.25' }],
  ['retry-after-date', 'as an HTTP date', { retryAfter: 'date' }],
  ['retry-after-61', 'of 61 s, which the SDKs ignore', { retryAfter: '61', waitMs: 61_000 }],
  ['retry-after-ms', 'as `retry-after-ms`', { retryAfterMs: '120' }],
]

/** Every fault the simulator knows, by name. */
export const faults: ReadonlyMap<string, Fault> = new Map(
  [...requestFaults, ...capacityFaults, ...wireFaults].map((fault) => [fault.name, fault]),
)

const presets: ReadonlyMap<string, { summary: string; settings: FaultSettings }> = new Map(
  retryAfterForms.map(([suffix, form, settings]) => [
    `rate-limit-${suffix}`,
    { summary: `\`rate-limit\` with a retry-after header ${form}`, settings },
  ]),
)

/** Finds a fault and the settings its name implies; null for a name nobody knows. */
export function findFault(name: string): { fault: Fault; settings: FaultSettings } | null {
  const preset = presets.get(name)
  const fault = faults.get(preset === undefined ? name : 'rate-limit')
  return fault === undefined ? null : { fault, settings: preset?.settings ?? {} }
}

/** Names and one-line descriptions, in the order of the documentation. */
export function describeFaults(): { name: string; summary: string }[] {
  const list = [...faults.values()].map(({ name, summary }) => ({ name, summary }))
  for (const [name, { summary }] of presets) list.push({ name, summary })
  return list
}
