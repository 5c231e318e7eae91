import { isObject, objectsOf, stringOf, textOf, type JsonObject } from '../json-value.ts'
import type { FlatNames } from './flat-names.ts'

/** The names that tools in no namespace have. */
export function plainNames(tools: readonly unknown[]): readonly string[] {
  return tools.flatMap((tool) => {
    const name = isObject(tool) && tool['type'] !== 'namespace' ? stringOf(tool['name']) : null
    return name === null ? [] : [name]
  })
}

/** Puts the tools of namespaces beside the others, under names that say where they are from. */
export function flattenTools(tools: readonly unknown[], names: FlatNames): readonly unknown[] {
  return tools.flatMap<unknown>((tool) =>
    isObject(tool) && tool['type'] === 'namespace' ? membersOf(tool, names) : [tool],
  )
}

function membersOf(namespace: JsonObject, names: FlatNames): readonly JsonObject[] {
  const name = textOf(namespace['name'])
  const about = textOf(namespace['description'])
  return objectsOf(namespace['tools']).map((tool, index) => {
    const own = stringOf(tool['name'])
    if (own === null) return tool
    const flat = { ...tool, name: names.flat(name, own) }
    // What is said of them all is said with the first: with each of them it would be billed as often.
    if (about === '' || index > 0) return flat
    const description = textOf(tool['description'])
    return { ...flat, description: description === '' ? about : `${about}\n\n${description}` }
  })
}

/** Of several definitions of one tool the last counts, at the place of the first. */
export function lastOfEach(tools: readonly unknown[]): readonly unknown[] {
  const byName = new Map<string, unknown>()
  for (const tool of tools) {
    const name = isObject(tool) ? stringOf(tool['name']) : null
    byName.set(name === null ? JSON.stringify(tool) : `name ${name}`, tool)
  }
  return [...byName.values()]
}
