import type { z } from 'zod'
import { maskSecrets } from '../../lib/mask-secrets.ts'
import { unresolvedSentence } from '../document/unresolved-sentence.ts'
import {
  nodeAt,
  plainValue,
  type Origin,
  type ResolvedMap,
  type ResolvedNode,
  type UnresolvedNode,
} from '../document/tree.ts'
import type { Report } from './report.ts'
import type { Section, SettingValues, Settings } from './section.ts'
import type { Setting } from './setting.ts'

/** Where a group of settings was found. */
export interface Place {
  readonly map: ResolvedMap | undefined
  /** Dotted path of the mapping, as for `++`. */
  readonly path: string
  /** Pointed at when a setting is missing. */
  readonly origin: Origin | null
}

/** Reads a group of settings, reporting all that is wrong. What is wrong has its default in the result. */
export function readSection<S extends Settings>(
  section: Section<S>,
  place: Place,
  report: Report,
): SettingValues<S> {
  const values: Record<string, unknown> = {}
  let sound = true
  for (const [name, setting] of Object.entries(section.settings)) {
    const node = place.map?.entries.get(name)?.node
    const result = readSetting(name, setting, node, place, report)
    sound &&= result.sound
    values[name] = result.value
  }
  if (sound) {
    for (const { setting, message } of section.conflicts?.(values as SettingValues<S>) ?? []) {
      const origin = place.map?.entries.get(setting)?.node.origin ?? place.origin
      report.problem({ origin, path: dotted(place.path, setting), message })
    }
  }
  return values as SettingValues<S>
}

function readSetting(
  name: string,
  setting: Setting<unknown>,
  node: ResolvedNode | undefined,
  place: Place,
  report: Report,
): { sound: boolean; value: unknown } {
  const path = dotted(place.path, name)
  if (!node) {
    if (setting.fallback !== undefined) return { sound: true, value: setting.fallback }
    report.problem({ origin: place.origin, path, message: `is not set; it must be ${setting.expects}` })
    return { sound: false, value: undefined }
  }
  const unresolved = [...findUnresolved(node, path)]
  for (const [at, missing] of unresolved) {
    const message = unresolvedSentence(missing, report.environmentFile)
    report.problem({ origin: missing.origin, path: at, message, unset: missing.why === 'unset' })
  }
  if (unresolved.length > 0) return { sound: false, value: setting.fallback }
  const parsed = setting.type.safeParse(plainValue(node))
  if (parsed.success) return { sound: true, value: parsed.data }
  for (const [origin, at, wrong] of faults(node, path, parsed.error)) {
    const message = wrongSentence(wrong, setting, at === path ? 'it' : name)
    report.problem({ origin, path: at, message })
  }
  return { sound: false, value: setting.fallback }
}

function* findUnresolved(node: ResolvedNode, path: string): Generator<[string, UnresolvedNode]> {
  if (node.kind === 'unresolved') yield [path, node]
  if (node.kind === 'map')
    for (const [key, entry] of node.entries) yield* findUnresolved(entry.node, dotted(path, key))
  if (node.kind === 'list')
    for (const [index, item] of node.items.entries()) yield* findUnresolved(item, dotted(path, String(index)))
}

/** The members a schema refused, each once. */
function* faults(
  node: ResolvedNode,
  path: string,
  error: z.ZodError,
): Generator<[Origin, string, ResolvedNode]> {
  const seen = new Set<string>()
  for (const issue of error.issues) {
    const keys = issue.path.map(String)
    const at = [path, ...keys].join('.')
    if (seen.has(at)) continue
    seen.add(at)
    const wrong = nodeAt<ResolvedNode>(node, keys) ?? node
    yield [wrong.origin, at, wrong]
  }
}

/** `subject` is what the expectation is about: the value itself, or the setting it is a member of. */
function wrongSentence(node: ResolvedNode, setting: Setting<unknown>, subject: string): string {
  const expected = `${subject} must be ${setting.expects}`
  if (node.kind === 'map') return `is a mapping; ${expected}`
  if (node.kind === 'list') return `is a list; ${expected}`
  if (node.kind === 'unresolved') return expected
  if (node.value === null) return `is null, which means nothing; ${expected}`
  if (setting.secret) return `cannot be used (not shown, it is secret); ${expected}`
  if (typeof node.value === 'string')
    return `${JSON.stringify(shortened(node.value))} cannot be used; ${expected}`
  if (typeof node.value === 'number' && /^a (?:whole )?number/.test(setting.expects)) {
    return `${node.value} cannot be used; ${expected}`
  }
  const quoted = setting.expects === 'text' ? `, so put it in quotes: "${node.value}"` : ''
  return `${node.value} is a ${typeof node.value}; ${expected}${quoted}`
}

/** The text as it may be shown: a key pasted into the wrong setting is still a key. */
function shortened(secretText: string): string {
  const text = maskSecrets(secretText)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

export function dotted(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
