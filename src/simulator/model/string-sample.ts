import type { JsonObject } from './json.ts'
import { samplePattern } from './pattern-sample.ts'
import type { Random } from './random.ts'

/** A string valid for the schema's format, pattern and lengths; `hint` is used where nothing forbids it. */
export function sampleString(
  schema: JsonObject,
  name: string,
  hint: string | undefined,
  random: Random,
): string {
  const least = typeof schema.minLength === 'number' ? schema.minLength : 0
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : Infinity
  if (typeof schema.format === 'string') {
    const made = sampleFormat(schema.format, random)
    if (made !== null) return made
  }
  if (typeof schema.pattern === 'string') {
    if (hint !== undefined && fits(schema.pattern, hint, least, most)) return hint
    for (let attempt = 0; attempt < 20; attempt++) {
      const made = samplePattern(schema.pattern, random, attempt, least)
      if (made !== null && fits(schema.pattern, made, least, most)) return made
    }
  }
  const text = hint ?? `${name} ${random.hex(4)}`
  return fitLength(text, least, most)
}

function sampleFormat(format: string, random: Random): string | null {
  const day = String(random.below(28) + 1).padStart(2, '0')
  const hour = String(random.below(24)).padStart(2, '0')
  const hex = (length: number): string => random.hex(length)
  switch (format) {
    case 'date-time':
      return `2026-11-${day}T${hour}:30:00Z`
    case 'date':
      return `2026-11-${day}`
    case 'time':
      return `${hour}:30:00Z`
    case 'duration':
      return `PT${random.below(59) + 1}M`
    case 'email':
    case 'idn-email':
      return `user-${hex(4)}@example.com`
    case 'hostname':
    case 'idn-hostname':
      return `host-${hex(4)}.example.com`
    case 'uri':
    case 'uri-reference':
    case 'iri':
    case 'url':
      return `https://example.com/${hex(6)}`
    case 'uuid':
      return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
    case 'ipv4':
      return `192.0.2.${random.below(254) + 1}`
    case 'ipv6':
      return `2001:db8::${(random.below(65_534) + 1).toString(16)}`
    default:
      return null
  }
}

/** Whether `text` matches the pattern anywhere, as JSON schema has it, and has the right length. */
function fits(pattern: string, text: string, least: number, most: number): boolean {
  if (text.length < least || text.length > most) return false
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

function fitLength(text: string, least: number, most: number): string {
  return text.slice(0, Math.max(0, most)).padEnd(Math.min(least, most), 'x')
}
