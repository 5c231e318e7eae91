import type { ProgramValues } from './names.ts'
import type { Setting } from './setting.ts'

export type Settings = Readonly<Record<string, Setting<unknown>>>

export type SettingValues<S extends Settings> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never
}

/** Two settings that do not fit together; `setting` is the one to point at. */
export interface Conflict {
  readonly setting: string
  readonly message: string
}

/** A named group of settings. */
export interface Section<S extends Settings = Settings> {
  /** What the group is about, as a sentence for the README. */
  readonly doc: string
  readonly settings: S
  /** Rules between settings. Only called when each setting by itself is right. */
  conflicts?(values: SettingValues<S>): readonly Conflict[]
}

/** A section's values as the program sees them. */
export type SectionConfig<T> = T extends Section<infer S> ? ProgramValues<SettingValues<S>> : never

export function section<S extends Settings>(definition: Section<S>): Section<S> {
  return definition
}
