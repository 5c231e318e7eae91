import { child, type ConfigNode, type MapNode, type NodePath } from './document/tree.ts'
import type { Report } from './settings/report.ts'

const TYPE = 'responses_api_models'
const IMPLEMENTATION = 'openai_model'

/**
 * Finds the mapping of the server to run: `<name>.responses_api_models.openai_model`.
 * Named as Gym names it, the first key of the first key is taken, whatever it is called.
 */
export function findServer(
  root: MapNode,
  name: string | undefined,
  named: 'gym' | 'flag',
  report: Report,
): NodePath | null {
  const candidates = [...root.entries].filter(
    ([, { node }]) => child(child(node, TYPE), IMPLEMENTATION)?.kind === 'map',
  )
  const names = candidates.map(([key]) => key)
  if (name === undefined) return onlyServer(root, names, report)
  const node = child<ConfigNode>(root, name)
  if (named === 'gym' && node) {
    const path = firstGrandchild(node)
    if (path) return [name, ...path]
  }
  if (names.includes(name)) return [name, TYPE, IMPLEMENTATION]
  const asked = named === 'gym' ? 'NEMO_GYM_CONFIG_PATH names' : '--server names'
  const message = node
    ? `${asked} it, but it is not an ${IMPLEMENTATION} server; ${listed(names)}`
    : `${asked} it, but the configuration has no such server; ${listed(names)}`
  report.problem({ origin: node?.origin ?? null, path: name, message })
  return null
}

function onlyServer(root: MapNode, names: readonly string[], report: Report): NodePath | null {
  const [name] = names
  if (name !== undefined && names.length === 1) return [name, TYPE, IMPLEMENTATION]
  const message =
    name === undefined
      ? `the configuration has no ${IMPLEMENTATION} server (<name>.${TYPE}.${IMPLEMENTATION}); load a file that defines one`
      : `the configuration has several ${IMPLEMENTATION} servers; choose one with --server (Gym: NEMO_GYM_CONFIG_PATH): ${names.join(', ')}`
  report.problem({ origin: names.length === 0 ? null : root.origin, path: '', message })
  return null
}

function firstGrandchild(node: ConfigNode): NodePath | null {
  if (node.kind !== 'map') return null
  const [type] = node.entries
  if (!type || type[1].node.kind !== 'map') return null
  const [implementation] = type[1].node.entries
  return implementation?.[1].node.kind === 'map' ? [type[0], implementation[0]] : null
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there is ${names.join(', ')}`
}
