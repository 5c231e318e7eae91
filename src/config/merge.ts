import { UNSET, type ConfigNode, type MapNode } from './document/tree.ts'

/**
 * Lays `over` on `under` as OmegaConf merges: mappings member by member, everything else is replaced.
 * A `???` never hides a value that is already given.
 */
export function mergeMaps(under: MapNode, over: MapNode): MapNode {
  const entries = new Map(under.entries)
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)
    if (!below) entries.set(key, entry)
    else if (!isUnset(entry.node)) {
      entries.set(key, { keyOrigin: entry.keyOrigin, node: mergeNodes(below.node, entry.node) })
    }
  }
  return { ...over, entries }
}

function mergeNodes(under: ConfigNode, over: ConfigNode): ConfigNode {
  return under.kind === 'map' && over.kind === 'map' ? mergeMaps(under, over) : over
}

export function isUnset(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === UNSET
}
