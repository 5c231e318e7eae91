import {
  hasInterpolation,
  InterpolationSyntaxError,
  type Call,
  type Element,
  type Interpolation,
  type Reference,
  type Template,
} from './document/interpolation-grammar.ts'
import { parseElement, parseTemplate } from './document/interpolation-reader.ts'
import { pythonText } from './document/python-text.ts'
import {
  child,
  plainValue,
  scalar,
  UNSET,
  type ConfigNode,
  type MapNode,
  type NodePath,
  type Origin,
  type ResolvedNode,
  type UnresolvedNode,
} from './document/tree.ts'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Resolves `${…}` against a whole document, only where somebody looks: `${key}`, `${a.b}`, `${.sibling}`,
 * `${oc.env:NAME,default}`, `${oc.select:key,default}`, `${oc.decode:text}`, nested.
 *
 * An interpolation that is the whole scalar keeps the target's type; inside text it becomes Python's `str()`.
 * What cannot be resolved becomes an `unresolved` node: whether that matters is for the reader to say.
 */
export class Interpolator {
  readonly #root: MapNode
  readonly #environment: Environment
  /** Paths being resolved right now: meeting one again is a cycle. */
  readonly #open: string[] = []

  constructor(root: MapNode, environment: Environment) {
    this.#root = root
    this.#environment = environment
  }

  /** The node at `path` with everything inside resolved; undefined where there is none. */
  at(path: NodePath): ResolvedNode | undefined {
    const node = this.#walk(path)
    return node && this.#resolve(node.node, node.path)
  }

  #resolve(node: ConfigNode | ResolvedNode, path: NodePath): ResolvedNode {
    switch (node.kind) {
      case 'scalar':
        return typeof node.value === 'string' ? this.#text(node.value, path, node.origin) : node
      case 'unresolved':
        return node
      case 'list':
        return {
          ...node,
          items: node.items.map((item, index) => this.#resolve(item, [...path, String(index)])),
        }
      case 'map': {
        const entries = [...node.entries].map(
          ([key, entry]) => [key, { ...entry, node: this.#resolve(entry.node, [...path, key]) }] as const,
        )
        return { ...node, entries: new Map(entries) }
      }
    }
  }

  #text(text: string, path: NodePath, origin: Origin): ResolvedNode {
    if (text === UNSET) return unresolved('unset', path.join('.'), origin)
    if (!hasInterpolation(text)) return scalar(text, origin)
    const name = path.join('.')
    if (this.#open.includes(name)) {
      return unresolved('cycle', [...this.#open.slice(this.#open.indexOf(name)), name].join(' → '), origin)
    }
    this.#open.push(name)
    try {
      return this.#template(parseTemplate(text), path, origin)
    } catch (error) {
      if (!(error instanceof InterpolationSyntaxError)) throw error
      return unresolved('syntax', error.message, origin)
    } finally {
      this.#open.pop()
    }
  }

  #template(template: Template, path: NodePath, origin: Origin): ResolvedNode {
    const [only] = template
    if (template.length === 1 && typeof only === 'object') return this.#interpolation(only, path, origin)
    let text = ''
    for (const part of template) {
      if (typeof part === 'string') {
        text += part
        continue
      }
      const node = this.#interpolation(part, path, origin)
      if (node.kind === 'unresolved') return node
      text += pythonText(plainValue(node), node.kind === 'scalar' && node.float)
    }
    return scalar(text, origin)
  }

  #interpolation(part: Interpolation, path: NodePath, origin: Origin): ResolvedNode {
    return part.kind === 'reference' ? this.#reference(part, path, origin) : this.#call(part, path, origin)
  }

  #reference(reference: Reference, path: NodePath, origin: Origin): ResolvedNode {
    if (reference.up > path.length) return unresolved('reference', reference.text, origin)
    const target = reference.up === 0 ? [] : path.slice(0, path.length - reference.up)
    for (const key of reference.keys) {
      const node = this.#template(key, path, origin)
      if (node.kind === 'unresolved') return node
      const text = pythonText(plainValue(node))
      // A key that came out of an interpolation may itself be a path.
      target.push(...(typeof key[0] === 'string' && key.length === 1 ? [text] : text.split('.')))
    }
    return this.#target(target, origin) ?? unresolved('reference', target.join('.'), origin)
  }

  /** The resolved node at an absolute path; undefined where there is none. */
  #target(path: NodePath, origin: Origin): ResolvedNode | undefined {
    const found = this.#walk(path)
    if (!found) return undefined
    const name = found.path.join('.')
    const container = found.node.kind === 'map' || found.node.kind === 'list'
    if (container && this.#open.some((open) => open === name || open.startsWith(`${name}.`))) {
      return unresolved('cycle', [...this.#open, name].join(' → '), origin)
    }
    return this.#resolve(found.node, found.path)
  }

  /** Steps through the document, following interpolations that stand for containers on the way. */
  #walk(path: NodePath): { node: ConfigNode | ResolvedNode; path: NodePath } | undefined {
    let node: ConfigNode | ResolvedNode = this.#root
    for (const [index, key] of path.entries()) {
      const here = path.slice(0, index)
      const container: ConfigNode | ResolvedNode = node.kind === 'scalar' ? this.#resolve(node, here) : node
      const next: ConfigNode | ResolvedNode | undefined = child<ConfigNode | ResolvedNode>(container, key)
      if (!next) return undefined
      node = next
    }
    return { node, path }
  }

  #call(call: Call, path: NodePath, origin: Origin): ResolvedNode {
    const [first, fallback] = call.arguments
    const most = call.resolver === 'oc.decode' ? 1 : 2
    if (!['oc.env', 'oc.select', 'oc.decode'].includes(call.resolver)) {
      return unresolved('resolver', call.resolver, origin)
    }
    if (!first || call.arguments.length > most)
      return unresolved('syntax', `${call.text} has the wrong number of arguments`, origin)
    const subject = this.#element(first, path, origin)
    if (subject.kind === 'unresolved') return subject
    const name = pythonText(plainValue(subject))
    if (call.resolver === 'oc.env') return this.#environmentVariable(name, fallback, path, origin)
    if (call.resolver === 'oc.select') return this.#select(name, fallback, path, origin)
    if (subject.kind === 'scalar' && subject.value === null) return subject
    return this.#element(parseElement(name), path, origin)
  }

  /** Always text; a default goes through `str()`, except null. */
  #environmentVariable(
    name: string,
    fallback: Element | undefined,
    path: NodePath,
    origin: Origin,
  ): ResolvedNode {
    const value = this.#environment[name]
    if (value !== undefined) return scalar(value, origin)
    if (!fallback) return unresolved('environment', name, origin)
    const node = this.#element(fallback, path, origin)
    if (node.kind === 'unresolved' || (node.kind === 'scalar' && node.value === null)) return node
    return scalar(pythonText(plainValue(node), node.kind === 'scalar' && node.float), origin)
  }

  /** The default serves where the key is missing or `???`; a key that is null stays null. */
  #select(key: string, fallback: Element | undefined, path: NodePath, origin: Origin): ResolvedNode {
    const dots = /^\.*/.exec(key)?.[0].length ?? 0
    const base = dots === 0 ? [] : path.slice(0, Math.max(0, path.length - dots))
    const keys = key.slice(dots).replaceAll('[', '.').replaceAll(']', '').split('.').filter(Boolean)
    const target = [...base, ...keys]
    const written = this.#walk(target)?.node
    const given = written && !(written.kind === 'scalar' && written.value === UNSET)
    if (given) return this.#target(target, origin) ?? scalar(null, origin)
    return fallback ? this.#element(fallback, path, origin) : scalar(null, origin)
  }

  #element(element: Element, path: NodePath, origin: Origin): ResolvedNode {
    switch (element.kind) {
      case 'value':
        return { kind: 'scalar', value: element.value, origin, float: element.float }
      case 'template':
        return this.#template(element.template, path, origin)
      case 'list':
        return { kind: 'list', items: element.items.map((item) => this.#element(item, path, origin)), origin }
      case 'map': {
        const entries = element.pairs.map(
          ([key, item]) => [key, { node: this.#element(item, path, origin), keyOrigin: origin }] as const,
        )
        return { kind: 'map', entries: new Map(entries), origin }
      }
    }
  }
}

function unresolved(why: UnresolvedNode['why'], subject: string, origin: Origin): UnresolvedNode {
  return { kind: 'unresolved', why, subject, origin }
}
