import { maskSecrets } from '../../lib/mask-secrets.ts'
import type { Problem } from '../problem.ts'
import { hasInterpolation, InterpolationSyntaxError, type Element } from './interpolation-grammar.ts'
import { parseElement } from './interpolation-reader.ts'
import {
  emptyMap,
  scalar,
  withEntry,
  type ConfigNode,
  type MapNode,
  type NodePath,
  type Origin,
} from './tree.ts'

/** One `++a.b.c=value` of the command line. */
export interface Override {
  readonly path: NodePath
  readonly value: ConfigNode
}

/** `++a.b=v`, `+a.b=v` and `a.b=v` mean the same here: the value is set, whether it was there or not. */
const OVERRIDE = /^(?:\+\+|\+)?([\w-]+(?:[./][\w-]+)*)=(.*)$/s

export function parseOverride(text: string): Override | Problem {
  const match = OVERRIDE.exec(text)
  const [, key, value] = match ?? []
  if (key === undefined || value === undefined) {
    // The text may hold a credential, so only the name it starts with is repeated.
    const [name = ''] = maskSecrets(text).split(/[=:\s]/)
    return {
      origin: null,
      path: name.slice(0, 80),
      message: 'this argument is not `++path.to.setting=value`',
    }
  }
  const origin: Origin = { file: `++${key}`, line: null, column: null }
  return { path: key.split('.'), value: overrideValue(value, origin) }
}

/** Sets every override on top of `root`, in order. */
export function applyOverrides(root: MapNode, overrides: readonly Override[]): MapNode {
  return overrides.reduce((map, override) => setAt(map, override.path, override.value), root)
}

function setAt(map: MapNode, [key = '', ...rest]: NodePath, value: ConfigNode): MapNode {
  if (rest.length === 0) return withEntry(map, key, value)
  const inner = map.entries.get(key)?.node
  return withEntry(map, key, setAt(inner?.kind === 'map' ? inner : emptyMap(value.origin), rest, value))
}

/** Numbers, booleans, null, quoted text, lists and mappings as Hydra reads them; everything else is text. */
function overrideValue(text: string, origin: Origin): ConfigNode {
  if (text === '' || hasInterpolation(text)) return scalar(text, origin)
  try {
    return elementNode(parseElement(text), origin)
  } catch (error) {
    if (error instanceof InterpolationSyntaxError) return scalar(text, origin)
    throw error
  }
}

function elementNode(element: Element, origin: Origin): ConfigNode {
  switch (element.kind) {
    case 'value':
      return { kind: 'scalar', value: element.value, origin, float: element.float }
    case 'template':
      return scalar(element.template.join(''), origin)
    case 'list':
      return { kind: 'list', items: element.items.map((item) => elementNode(item, origin)), origin }
    case 'map': {
      const entries = element.pairs.map(
        ([key, item]) => [key, { node: elementNode(item, origin), keyOrigin: origin }] as const,
      )
      return { kind: 'map', entries: new Map(entries), origin }
    }
  }
}
