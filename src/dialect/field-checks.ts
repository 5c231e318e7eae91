import {
  member as memberOf,
  valueKind,
  type Envelope,
  type JsonKind,
  type Member,
} from '../lib/json-envelope.ts'
import { maskSecrets } from '../lib/mask-secrets.ts'
import type { Problem } from './dialect.ts'

/** What a top-level field of a request may hold. `null` is always allowed: it says the same as leaving the field out. */
export type FieldKind = 'string' | 'string_or_list' | 'number' | 'integer' | 'boolean' | 'list' | 'dictionary'

export type FieldKinds = ReadonlyMap<string, FieldKind>

/**
 * Checks the top-level fields that are there. Refused is only what cannot be meant: a list where a number belongs, a word that
 * is no number. What Gym's own server would have coerced (`"0.5"`, `"true"`, `1` for true) passes, unchanged: the upstream
 * judges it. Fields without a rule pass.
 */
export function fieldProblems(envelope: Envelope, kinds: FieldKinds): Problem[] {
  const problems: Problem[] = []
  for (const member of envelope.members) {
    const kind = kinds.get(member.key)
    if (kind === undefined) continue
    const found = valueKind(envelope, member.key)
    // Of a field given twice the last counts.
    if (found === undefined || found === 'null' || memberOf(envelope, member.key) !== member) continue
    for (const complaint of complaints(kind, found, envelope, member)) {
      problems.push(problemOf(complaint, envelope, member))
    }
  }
  return problems
}

/** The problem of a required field that is not there. */
export function missingField(name: string): Problem {
  return { type: 'missing', loc: ['body', name], msg: 'Field required', input: {} }
}

/** The problem of a required field that is there, but not as one of these. */
export function wrongKind(envelope: Envelope, member: Member, kind: FieldKind): Problem[] {
  return typeComplaints[kind].map((complaint) => problemOf(complaint, envelope, member))
}

interface Complaint {
  /** Pydantic's name of the error, so that Gym's users see what they know. */
  readonly type: string
  readonly msg: string
  /** Further on in the location, where a field may be one of several things. */
  readonly branch?: string
}

const string: Complaint = { type: 'string_type', msg: 'Input should be a valid string' }
const list: Complaint = { type: 'list_type', msg: 'Input should be a valid list' }

/** Said where the value is of a kind that can never be meant. */
const typeComplaints: Readonly<Record<FieldKind, readonly Complaint[]>> = {
  string: [string],
  string_or_list: [
    { ...string, branch: 'str' },
    { ...list, branch: 'list' },
  ],
  number: [{ type: 'float_type', msg: 'Input should be a valid number' }],
  integer: [{ type: 'int_type', msg: 'Input should be a valid integer' }],
  boolean: [{ type: 'bool_type', msg: 'Input should be a valid boolean' }],
  list: [list],
  dictionary: [{ type: 'dict_type', msg: 'Input should be a valid dictionary' }],
}

const floatParsing: Complaint = {
  type: 'float_parsing',
  msg: 'Input should be a valid number, unable to parse string as a number',
}
const integerParsing: Complaint = {
  type: 'int_parsing',
  msg: 'Input should be a valid integer, unable to parse string as an integer',
}
const integerFromFloat: Complaint = {
  type: 'int_from_float',
  msg: 'Input should be a valid integer, got a number with a fractional part',
}
const booleanParsing: Complaint = {
  type: 'bool_parsing',
  msg: 'Input should be a valid boolean, unable to interpret input',
}

const none: readonly Complaint[] = []

function complaints(
  kind: FieldKind,
  found: JsonKind,
  envelope: Envelope,
  member: Member,
): readonly Complaint[] {
  switch (kind) {
    case 'string':
      return found === 'string' ? none : typeComplaints.string
    case 'string_or_list':
      return found === 'string' || found === 'array' ? none : typeComplaints.string_or_list
    case 'list':
      return found === 'array' ? none : typeComplaints.list
    case 'dictionary':
      return found === 'object' ? none : typeComplaints.dictionary
    case 'number':
      if (found === 'number' || found === 'boolean') return none
      if (found !== 'string') return typeComplaints.number
      return laxNumber(scalar(envelope, member)) === null ? [floatParsing] : none
    case 'integer': {
      if (found === 'boolean') return none
      if (found !== 'number' && found !== 'string') return typeComplaints.integer
      const value = laxNumber(scalar(envelope, member))
      if (found === 'string') return value === null || !Number.isInteger(value) ? [integerParsing] : none
      return Number.isInteger(value) ? none : [integerFromFloat]
    }
    case 'boolean':
      if (found === 'boolean') return none
      if (found !== 'number' && found !== 'string') return typeComplaints.boolean
      return laxBoolean(scalar(envelope, member)) === null ? [booleanParsing] : none
  }
}

/** A scalar longer than this is none that any of these fields could mean. */
const LONGEST_SCALAR = 1024

function scalar(envelope: Envelope, member: Member): unknown {
  if (member.end - member.start > LONGEST_SCALAR) return null
  return JSON.parse(envelope.bytes.toString('utf8', member.start, member.end)) as unknown
}

const numeral = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i

/** The number a value means, as Pydantic reads it leniently; null for none. */
export function laxNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && numeral.test(value) ? Number(value) : null
}

const truths: ReadonlySet<string> = new Set(['true', 't', 'yes', 'y', 'on', '1'])
const falsehoods: ReadonlySet<string> = new Set(['false', 'f', 'no', 'n', 'off', '0'])

/** The truth a value means, as Pydantic reads it leniently; null for none. */
export function laxBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const word = String(value).toLowerCase()
  if (truths.has(word)) return true
  return falsehoods.has(word) ? false : null
}

function problemOf(complaint: Complaint, envelope: Envelope, member: Member): Problem {
  const loc = ['body', member.key]
  if (complaint.branch !== undefined) loc.push(complaint.branch)
  return { type: complaint.type, loc, msg: complaint.msg, input: shown(envelope.bytes, member) }
}

/** Enough to recognise a value by; never a whole conversation. */
const SHOWN = 200

/** The value as an error may show it: shortened, and without secrets. */
function shown(bytes: Buffer, member: Member): unknown {
  const text = bytes.toString('utf8', member.start, Math.min(member.end, member.start + SHOWN * 4))
  const whole = member.end - member.start <= SHOWN
  if (whole && maskSecrets(text) === text) return JSON.parse(text) as unknown
  return `${maskSecrets(text).slice(0, SHOWN)}…`
}
