import type { Transcript } from './transcript.ts'

/** One place in which two transcripts of a probe differ. */
export interface Difference {
  /** `status`, `answer.output[].phase`, `sent.body.metadata`; of a list's elements one stands for all. */
  readonly field: string
  readonly reference: unknown
  readonly spotter: unknown
}

const fields = ['status', 'content-type', 'upstream calls', 'session', 'headers', 'sent'] as const

/** Where Spotter's transcript differs from the recorded one; what was not recorded cannot differ. */
export function differences(reference: Transcript, spotter: Transcript): ReadonlyMap<string, Difference> {
  const found = new Map<string, Difference>()
  for (const field of fields) {
    if (reference[field] !== undefined) compare(reference[field], spotter[field], field, 'members', found)
  }
  if (reference.answer === undefined) return found
  // An error and an answer have nothing in common that could be compared.
  const comparable = reference.status === spotter.status && isStream(reference) === isStream(spotter)
  // Of a stream that was cut off, whole events are compared.
  const recorded = !reference.partial ? 'whole' : isStream(reference) ? 'members' : 'beginning'
  if (comparable) compare(reference.answer, spotter.answer, 'answer', recorded, found)
  else found.set('answer', { field: 'answer', reference: reference.answer, spotter: spotter.answer })
  return found
}

function isStream({ 'content-type': type }: Transcript): boolean {
  return String(type).startsWith('text/event-stream')
}

/** How much of a value was recorded: all of it, some of its members but those whole, or its beginning at every depth. */
type Recording = 'whole' | 'members' | 'beginning'

function compare(
  reference: unknown,
  spotter: unknown,
  field: string,
  recorded: Recording,
  found: Map<string, Difference>,
): void {
  const inside = recorded === 'beginning' ? 'beginning' : 'whole'
  if (Array.isArray(reference) && Array.isArray(spotter)) {
    if (reference.length !== spotter.length && recorded !== 'beginning') {
      found.set(field, { field, reference, spotter })
      return
    }
    for (const [index, one] of reference.entries()) compare(one, spotter[index], `${field}[]`, inside, found)
  } else if (isObject(reference) && isObject(spotter)) {
    const names = new Set([...Object.keys(reference), ...(recorded === 'whole' ? Object.keys(spotter) : [])])
    for (const name of names) compare(reference[name], spotter[name], `${field}.${name}`, inside, found)
  } else if (!Object.is(reference, spotter)) {
    found.set(field, { field, reference, spotter })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
