import { emptyMap, type ResolvedMap, type ResolvedNode } from '../document/tree.ts'
import { unresolvedSentence } from '../document/unresolved-sentence.ts'
import { besideSections, globalSection, gymOnlyKeys, sections } from '../schema.ts'
import { dotted, readSection } from './read-section.ts'
import type { Report } from './report.ts'
import type { Section, SettingValues } from './section.ts'
import { noticeUnknownKeys } from './unknown-keys.ts'

type ValuesOf<T> = T extends Section<infer S> ? SettingValues<S> : never

/** Every setting with its value, named and measured as people write it. */
export interface ServerSettings {
  readonly beside: { readonly [Name in keyof typeof besideSections]: ValuesOf<(typeof besideSections)[Name]> }
  readonly sections: { readonly [Name in keyof typeof sections]: ValuesOf<(typeof sections)[Name]> }
  readonly global: ValuesOf<typeof globalSection>
  /** Dotted names of the settings that were given, not as null: `port`, `retry.max_attempts`. */
  readonly given: ReadonlySet<string>
}

/** Reads a server's mapping and Gym's settings for the whole run, reporting all that is wrong. */
export function readServerSettings(
  server: ResolvedMap,
  path: string,
  global: ResolvedMap,
  report: Report,
): ServerSettings {
  const given = new Set(givenKeys(server))
  const known = [...gymOnlyKeys, ...Object.keys(sections)]
  const beside: Record<string, unknown> = {}
  for (const [name, section] of Object.entries(besideSections)) {
    beside[name] = readSection(section as Section, { map: server, path, origin: server.origin }, report)
    known.push(...Object.keys(section.settings))
  }
  const own: Record<string, unknown> = {}
  for (const [name, section] of Object.entries(sections)) {
    const here = dotted(path, name)
    const node = server.entries.get(name)?.node
    const map = sectionMap(node, here, report)
    own[name] = readSection(
      section as Section,
      { map, path: here, origin: node?.origin ?? server.origin },
      report,
    )
    for (const key of givenKeys(map)) given.add(`${name}.${key}`)
    noticeUnknownKeys(map, Object.keys(section.settings), here, report)
  }
  noticeUnknownKeys(server, known, path, report)
  return {
    beside,
    sections: own,
    global: readSection(globalSection, { map: global, path: '', origin: null }, report),
    given,
  } as unknown as ServerSettings
}

function sectionMap(node: ResolvedNode | undefined, path: string, report: Report): ResolvedMap {
  if (node?.kind === 'map') return node
  const nothing = emptyMap(node?.origin ?? { file: '', line: null, column: null }) as ResolvedMap
  if (!node || (node.kind === 'scalar' && node.value === null)) return nothing
  const message =
    node.kind === 'unresolved'
      ? unresolvedSentence(node, report.environmentFile)
      : 'is a section; it must be a mapping of settings'
  report.problem({
    origin: node.origin,
    path,
    message,
    unset: node.kind === 'unresolved' && node.why === 'unset',
  })
  return nothing
}

function givenKeys(map: ResolvedMap): string[] {
  return [...map.entries]
    .filter(([, { node }]) => !(node.kind === 'scalar' && node.value === null))
    .map(([key]) => key)
}
