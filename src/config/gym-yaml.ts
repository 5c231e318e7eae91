import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  Scalar,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml'
import { readPlainScalar } from './document/plain-scalar.ts'
import { emptyMap, scalar, type ConfigNode, type Entry, type MapNode, type Origin } from './document/tree.ts'
import type { Problem } from './problem.ts'
import { yamlSentence } from './document/yaml-sentence.ts'

export interface GymDocument {
  readonly root: MapNode
  readonly problems: readonly Problem[]
}

/** More nodes than any configuration has; aliases of aliases would otherwise grow without end. */
const MOST_NODES = 100_000

/**
 * Reads one YAML document the way Gym does: YAML 1.1 words, duplicate keys are errors, `<<` merges,
 * every node with its position. Interpolations stay text.
 */
export function readGymYaml(text: string, file: string): GymDocument {
  const lines = new LineCounter()
  const problems: Problem[] = []
  const start: Origin = { file, line: 1, column: 1 }
  // The "failsafe" schema leaves every scalar as text: the meaning of plain words is ours to give.
  // Pretty errors quote the source line, which may hold a key.
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  })
  const at = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  for (const document of documents) {
    const told = new Set<number | null>()
    for (const error of document.errors) {
      // Further errors on a line mostly follow from its first.
      const { line } = at(error.pos[0])
      if (told.has(line)) continue
      told.add(line)
      problems.push({ origin: at(error.pos[0]), path: '', message: yamlSentence(error.code) })
    }
  }
  const [document, second] = documents
  if (second) problems.push({ origin: at(second.range[0]), path: '', message: yamlSentence('MULTIPLE_DOCS') })
  if (!document || problems.length > 0) return { root: emptyMap(start), problems }

  const root = new TreeBuilder(document, at, problems).build(document.contents)
  if (root.kind === 'map') return { root, problems }
  if (root.kind === 'scalar' && root.value === null) return { root: emptyMap(start), problems }
  problems.push({
    origin: root.origin,
    path: '',
    message: 'the document is not a mapping; write settings as `name: value`',
  })
  return { root: emptyMap(start), problems }
}

class TreeBuilder {
  readonly #document: Document.Parsed
  readonly #at: (offset: number) => Origin
  readonly #problems: Problem[]
  readonly #open = new Set<Node>()
  #nodes = 0

  constructor(document: Document.Parsed, at: (offset: number) => Origin, problems: Problem[]) {
    this.#document = document
    this.#at = at
    this.#problems = problems
  }

  build(node: Node | null | undefined): ConfigNode {
    const origin = this.#at(node?.range?.[0] ?? 0)
    if (!node) return scalar(null, origin)
    if (this.#open.has(node) || ++this.#nodes > MOST_NODES) {
      this.#problems.push({
        origin,
        path: '',
        message: 'an alias contains itself, or aliases grow without end',
      })
      return scalar(null, origin)
    }
    if (isScalar(node)) return this.#scalar(node, origin)
    this.#open.add(node)
    const built = this.#container(node, origin)
    this.#open.delete(node)
    return built
  }

  #container(node: Node, origin: Origin): ConfigNode {
    if (isAlias(node)) {
      const target = node.resolve(this.#document)
      if (!target) this.#problems.push({ origin, path: '', message: yamlSentence('BAD_ALIAS') })
      return this.build(target)
    }
    if (isSeq(node))
      return { kind: 'list', items: node.items.map((item) => this.build(item as Node)), origin }
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node), origin }
    return scalar(null, origin)
  }

  #scalar(node: Scalar, origin: Origin): ConfigNode {
    const text = String(node.value)
    const tagged = node.tag?.replace('tag:yaml.org,2002:', '')
    const plain =
      tagged === undefined ? node.type === Scalar.PLAIN : ['int', 'float', 'bool', 'null'].includes(tagged)
    if (!plain) return scalar(text, origin)
    const { value, float } = readPlainScalar(text)
    return float ? { kind: 'scalar', value, origin, float } : scalar(value, origin)
  }

  #entries(map: YAMLMap): Map<string, Entry> {
    const own = new Map<string, Entry>()
    const inherited = new Map<string, Entry>()
    for (const pair of map.items) {
      const key = pair.key as Node
      const keyOrigin = this.#at(key?.range?.[0] ?? 0)
      const node = this.build(pair.value as Node | null)
      const name = isScalar(key) ? String(key.value) : null
      if (name === null) {
        this.#problems.push({ origin: keyOrigin, path: '', message: 'a key must be a single word or text' })
      } else if (name === '<<' && isScalar(key) && key.type === Scalar.PLAIN) {
        this.#inherit(node, inherited)
      } else {
        own.set(name, { node, keyOrigin })
      }
    }
    return new Map([...inherited, ...own])
  }

  /** `<<` takes a mapping or a list of mappings; what comes first wins. */
  #inherit(node: ConfigNode, into: Map<string, Entry>): void {
    if (node.kind === 'list') return node.items.forEach((item) => this.#inherit(item, into))
    if (node.kind !== 'map') {
      this.#problems.push({
        origin: node.origin,
        path: '',
        message: '`<<` needs a mapping to take keys from',
      })
      return
    }
    for (const [key, entry] of node.entries) if (!into.has(key)) into.set(key, entry)
  }
}
