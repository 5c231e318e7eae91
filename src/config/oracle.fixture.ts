import { readFileSync } from 'node:fs'

/** What Gym's own libraries made of a value. */
export type Recorded = { readonly value: unknown } | { readonly error: string }

export interface Oracle {
  readonly scalars: readonly (readonly [string, Recorded])[]
  readonly documents: readonly ({
    readonly name: string
    readonly text: string
    readonly path: string
  } & Recorded)[]
  readonly merges: readonly ({ readonly documents: readonly string[] } & Recorded)[]
  readonly lax: Readonly<Record<'bool' | 'int' | 'float' | 'str', readonly (readonly [unknown, Recorded])[]>>
}

const fixtures = new URL('../../test/fixtures/config/', import.meta.url)

/** Expectations recorded from OmegaConf, PyYAML and Pydantic by `record.py` in the same folder. */
export function loadOracle(): Oracle {
  return JSON.parse(readFileSync(new URL('oracle.json', fixtures), 'utf8')) as Oracle
}

/** Gym's directives, recorded from its own parser. */
export function loadInheritanceCases(): readonly ({
  readonly name: string
  readonly text: string
} & Recorded)[] {
  const { cases } = JSON.parse(readFileSync(new URL('inheritance.json', fixtures), 'utf8')) as {
    cases: ({ readonly name: string; readonly text: string } & Recorded)[]
  }
  return cases
}

export function fixture(name: string): string {
  return readFileSync(new URL(name, fixtures), 'utf8')
}

/** A value as the recording writes it: JSON has no infinity. */
export function outcome(value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  return { $float: Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf' }
}
