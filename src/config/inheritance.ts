import {
  nodeAt,
  scalar,
  UNSET,
  type ConfigNode,
  type Entry,
  type MapNode,
  type NodePath,
} from './document/tree.ts'
import { isUnset, mergeMaps } from './merge.ts'
import type { Problem } from './problem.ts'

const INHERIT = '_inherit_from'
const COPY = '_copy'
const DELETE = '_delete_key'

interface Directive {
  readonly moves: boolean
  readonly source: NodePath
}

/**
 * Applies Gym's directives to a merged configuration: `_inherit_from: path` and `${inherit_from:path}` move a node
 * here, `_copy: path` and `${copy:path}` copy it, members beside the directive are laid over it, and
 * `_delete_key: a, b` takes members away, before and after.
 *
 * Sources are read as they stood before any directive, so the order of the document does not matter.
 */
export function applyInheritance(root: MapNode): {
  readonly root: MapNode
  readonly problems: readonly Problem[]
} {
  const inheritance = new Inheritance(root)
  const result = inheritance.expandMap(root, [], true)
  return { root: result, problems: inheritance.problems }
}

class Inheritance {
  readonly problems: Problem[] = []
  readonly #root: MapNode
  readonly #moved = new Set<string>()
  readonly #open: string[] = []

  constructor(root: MapNode) {
    this.#root = root
    this.#collectMoves(root)
  }

  #collectMoves(node: ConfigNode): void {
    const directive = directiveOf(node)
    if (directive?.moves) this.#moved.add(directive.source.join('.'))
    if (node.kind === 'list') node.items.forEach((item) => this.#collectMoves(item))
    if (node.kind !== 'map') return
    const deleted = new Set(deletedKeys(node))
    for (const [key, entry] of node.entries) if (!deleted.has(key)) this.#collectMoves(entry.node)
  }

  /** `leaveMoved` drops what moves elsewhere; a source keeps it, because sources are read as they stood before. */
  expandMap(map: MapNode, path: NodePath, leaveMoved: boolean): MapNode {
    const entries = new Map<string, Entry>()
    for (const [key, entry] of map.entries) {
      const here = [...path, key]
      if (leaveMoved && this.#moved.has(here.join('.'))) continue
      entries.set(key, { ...entry, node: this.#expand(entry.node, here, leaveMoved) })
    }
    return { ...map, entries }
  }

  #expand(node: ConfigNode, path: NodePath, leaveMoved: boolean): ConfigNode {
    if (node.kind === 'list') {
      const items = node.items.map((item, index) => this.#expand(item, [...path, String(index)], leaveMoved))
      return { ...node, items }
    }
    const directive = directiveOf(node)
    if (node.kind === 'scalar') return directive ? this.#source(directive.source, node, path) : node

    const waiting = new Set(deletedKeys(node))
    const own = new Map(node.entries)
    for (const key of [INHERIT, COPY, DELETE]) own.delete(key)
    for (const key of waiting) if (own.delete(key)) waiting.delete(key)
    const members = this.expandMap({ ...node, entries: own }, path, leaveMoved)
    if (!directive) return members

    const source = this.#source(directive.source, node, path)
    if (source.kind !== 'map') return isUnset(source) ? source : members
    return this.#without(mergeMaps(source, members), waiting, path)
  }

  /** The node a directive names, itself expanded. */
  #source(source: NodePath, user: ConfigNode, path: NodePath): ConfigNode {
    const name = source.join('.')
    for (let length = 1; length <= source.length; length++) {
      const node = nodeAt<ConfigNode>(this.#root, source.slice(0, length))
      // An unset source makes its heir unset: it is reported with all other unset values.
      if (node && isUnset(node)) return scalar(UNSET, node.origin)
    }
    const node = nodeAt<ConfigNode>(this.#root, source)
    if (!node || this.#open.includes(name)) {
      const message = node
        ? `inherits from itself: ${[...this.#open, name].join(' → ')}; one of these must hold the values`
        : `there is no "${name}" to take over; check the name, or load the file that defines it`
      this.problems.push({ origin: user.origin, path: path.join('.'), message })
      return scalar(null, user.origin)
    }
    this.#open.push(name)
    const expanded = this.#expand(node, source, false)
    this.#open.pop()
    return expanded
  }

  #without(map: MapNode, keys: ReadonlySet<string>, path: NodePath): MapNode {
    const entries = new Map(map.entries)
    for (const key of keys) {
      if (entries.delete(key)) continue
      const message = `${DELETE} names "${key}", which is not here; remove it from the list`
      this.problems.push({ origin: map.origin, path: path.join('.'), message })
    }
    return { ...map, entries }
  }
}

function directiveOf(node: ConfigNode): Directive | null {
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    const match = /^\$\{(inherit_from|copy):(.*?)\}?$/s.exec(node.value)
    return match ? { moves: match[1] === 'inherit_from', source: (match[2] ?? '').split('.') } : null
  }
  if (node.kind !== 'map') return null
  for (const key of [COPY, INHERIT]) {
    const source = node.entries.get(key)?.node
    if (source?.kind === 'scalar') return { moves: key === INHERIT, source: String(source.value).split('.') }
  }
  return null
}

function deletedKeys(map: MapNode): string[] {
  const names = map.entries.get(DELETE)?.node
  if (names?.kind !== 'scalar') return []
  return String(names.value)
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}
