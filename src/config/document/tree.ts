/** Where a value was written: a file with a position, or something without lines (an argument, the environment). */
export interface Origin {
  readonly file: string
  /** Counted from 1; null where there are no lines. */
  readonly line: number | null
  readonly column: number | null
}

export type ScalarValue = string | number | boolean | null

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: ScalarValue
  readonly origin: Origin
  /** Written as a float (`5.0`): as text it keeps its point, as Python prints it. */
  readonly float?: boolean
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  readonly origin: Origin
}

export interface Entry {
  readonly node: ConfigNode
  /** Where the key itself stands. */
  readonly keyOrigin: Origin
}

/** Keeps the order of the document: Gym takes "the first key" of a mapping to mean something. */
export interface MapNode {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  readonly origin: Origin
}

/** A value that could not be determined. It only matters if somebody needs it. */
export interface UnresolvedNode {
  readonly kind: 'unresolved'
  readonly origin: Origin
  readonly why: 'unset' | 'reference' | 'environment' | 'cycle' | 'syntax' | 'resolver' | 'text'
  /** The key, variable or text it is about: `policy_api_key`. */
  readonly subject: string
}

export type ConfigNode = ScalarNode | ListNode | MapNode
export type ResolvedNode = ScalarNode | UnresolvedNode | ResolvedList | ResolvedMap

export interface ResolvedList {
  readonly kind: 'list'
  readonly items: readonly ResolvedNode[]
  readonly origin: Origin
}

export interface ResolvedMap {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, { readonly node: ResolvedNode; readonly keyOrigin: Origin }>
  readonly origin: Origin
}

/** A path through mappings and lists: `['policy_model', 'responses_api_models']`. */
export type NodePath = readonly string[]

/** OmegaConf's mark for a value that somebody must still give. */
export const UNSET = '???'

export function scalar(value: ScalarValue, origin: Origin): ScalarNode {
  return { kind: 'scalar', value, origin }
}

export function emptyMap(origin: Origin): MapNode {
  return { kind: 'map', entries: new Map(), origin }
}

export function child<Node extends ConfigNode | ResolvedNode>(
  node: Node | undefined,
  key: string,
): Node | undefined {
  if (node?.kind === 'map') return node.entries.get(key)?.node as Node | undefined
  if (node?.kind === 'list' && /^\d+$/.test(key)) return node.items[Number(key)] as Node | undefined
  return undefined
}

export function nodeAt<Node extends ConfigNode | ResolvedNode>(root: Node, path: NodePath): Node | undefined {
  let node: Node | undefined = root
  for (const key of path) node = child<Node>(node, key)
  return node
}

/** A copy of `map` with one entry set; a new entry goes to the end. */
export function withEntry<Map_ extends MapNode | ResolvedMap>(
  map: Map_,
  key: string,
  node: Map_ extends MapNode ? ConfigNode : ResolvedNode,
): Map_ {
  const entries = new Map(map.entries as ReadonlyMap<string, Entry>)
  entries.set(key, { node: node as ConfigNode, keyOrigin: entries.get(key)?.keyOrigin ?? node.origin })
  return { ...map, entries }
}

/** The plain JavaScript value of a tree; unresolved members are left out. */
export function plainValue(node: ResolvedNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'unresolved':
      return undefined
    case 'list':
      return node.items.map(plainValue)
    case 'map': {
      const pairs = [...node.entries].filter(([, entry]) => entry.node.kind !== 'unresolved')
      return Object.fromEntries(pairs.map(([key, entry]) => [key, plainValue(entry.node)]))
    }
  }
}
