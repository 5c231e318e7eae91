/** Units in the names of settings, and what the program has instead. */
const units = {
  _seconds: { suffix: 'Ms', factor: 1000 },
  _megabytes: { suffix: 'Bytes', factor: 1024 * 1024 },
  _usd: { suffix: 'MicroUsd', factor: 1_000_000 },
} as const

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

/** `drain_seconds` is `drainMs` in the program, `max_body_megabytes` `maxBodyBytes`, `run_usd` `runMicroUsd`. */
export type ProgramName<Name extends string> = Name extends `${infer Stem}_seconds`
  ? `${Camel<Stem>}Ms`
  : Name extends `${infer Stem}_megabytes`
    ? `${Camel<Stem>}Bytes`
    : Name extends `${infer Stem}_usd`
      ? `${Camel<Stem>}MicroUsd`
      : Camel<Name>

export type ProgramValues<Values> = {
  readonly [Name in keyof Values as ProgramName<Name & string>]: Values[Name]
}

/** Settings as people write them, renamed and in the program's units. */
export function programValues<Values extends object>(values: Values): ProgramValues<Values> {
  const entries = Object.entries(values).map(([name, value]) => {
    for (const [ending, { suffix, factor }] of Object.entries(units)) {
      if (!name.endsWith(ending)) continue
      const scaled = typeof value === 'number' ? Math.round(value * factor) : value
      return [camelCase(name.slice(0, -ending.length)) + suffix, scaled]
    }
    return [camelCase(name), value]
  })
  return Object.fromEntries(entries) as ProgramValues<Values>
}

export function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}
