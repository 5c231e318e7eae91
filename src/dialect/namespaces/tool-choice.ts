import { isObject, objectsOf, stringOf, textOf, type JsonObject } from '../json-value.ts'
import type { FlatNames } from './flat-names.ts'

/**
 * The choice among tools without namespaces; the same value where it names none that has one.
 * @param tools as the client sent them, those of its items included
 */
export function flattenToolChoice(choice: unknown, tools: readonly unknown[], names: FlatNames): unknown {
  if (!isObject(choice)) return choice
  if (choice['type'] === 'allowed_tools') {
    return { ...choice, tools: objectsOf(choice['tools']).flatMap((entry) => chosen(entry, tools, names)) }
  }
  const flat = chosen(choice, tools, names)
  const [only] = flat
  // Whoever asks for a namespace asks for one of its tools.
  return flat.length === 1 ? only : { type: 'allowed_tools', mode: 'required', tools: flat }
}

function chosen(entry: JsonObject, tools: readonly unknown[], names: FlatNames): readonly JsonObject[] {
  if (entry['type'] === 'namespace') {
    return namespaces(tools)
      .filter((namespace) => namespace['name'] === entry['name'])
      .flatMap((namespace) => members(namespace, names))
  }
  const { namespace, ...plain } = entry
  const name = stringOf(entry['name'])
  if (name === null) return [entry]
  const home = stringOf(namespace) ?? homeOf(name, tools)
  return [home === null ? plain : { ...plain, name: names.flat(home, name) }]
}

/** The namespace of a tool that is named without one; null where it is in none. */
function homeOf(name: string, tools: readonly unknown[]): string | null {
  const hasName = (tool: JsonObject) => tool['name'] === name
  if (objectsOf(tools).some((tool) => tool['type'] !== 'namespace' && hasName(tool))) return null
  const home = namespaces(tools).find((namespace) => objectsOf(namespace['tools']).some(hasName))
  return home === undefined ? null : textOf(home['name'])
}

function namespaces(tools: readonly unknown[]): readonly JsonObject[] {
  return objectsOf(tools).filter((tool) => tool['type'] === 'namespace')
}

function members(namespace: JsonObject, names: FlatNames): readonly JsonObject[] {
  return objectsOf(namespace['tools']).map((tool) => ({
    type: tool['type'],
    name: names.flat(textOf(namespace['name']), textOf(tool['name'])),
  }))
}
