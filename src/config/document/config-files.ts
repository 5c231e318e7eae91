import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { readGymYaml } from '../gym-yaml.ts'
import { mergeMaps } from '../merge.ts'
import type { Notice, Problem } from '../problem.ts'
import { emptyMap, type MapNode, type Origin } from './tree.ts'

interface Included {
  readonly document: MapNode
  included: readonly Included[]
}

/** A file's includes, with theirs, and then the file: the order in which later counts more. */
function innerFirst(file: Included): MapNode[] {
  return [...file.included.flatMap(innerFirst), file.document]
}

/** Reads configuration files with everything their `config_paths` pull in. */
export class ConfigFiles {
  readonly problems: Problem[] = []
  readonly notices: Notice[] = []
  readonly #roots: readonly string[]
  readonly #cwd: string
  readonly #seen = new Set<string>()

  /** Relative paths are looked for in each of `roots`, in order. */
  constructor(roots: readonly string[], cwd: string) {
    this.#roots = roots
    this.#cwd = cwd
  }

  /** Path of an existing file, or null. */
  find(path: string): string | null {
    if (isAbsolute(path)) return existsSync(path) ? path : null
    return this.#roots.map((root) => join(root, path)).find((candidate) => existsSync(candidate)) ?? null
  }

  /**
   * Merges files in order. An included file counts less than the one that names it; of two beside each other the
   * later counts more, with everything it pulled in. A path seen before is not read again.
   */
  merge(paths: readonly string[], asked: Origin | null): MapNode {
    const roots = this.#opened(paths, asked)
    // Breadth first, as Gym walks: of two files that include the same one, the one met first pulls it in.
    const queue = [...roots]
    for (let file = queue.shift(); file; file = queue.shift()) {
      file.included = this.#opened(
        this.includes(file.document),
        file.document.entries.get('config_paths')?.keyOrigin ?? null,
      )
      queue.push(...file.included)
    }
    return roots
      .flatMap(innerFirst)
      .reduce(mergeMaps, emptyMap({ file: 'configuration', line: null, column: null }))
  }

  #opened(paths: readonly string[], asked: Origin | null): Included[] {
    const fresh = paths.filter((path) => {
      if (!this.#seen.has(path)) return this.#seen.add(path)
      const message = `${path} is included more than once; only the first one is read`
      this.notices.push({ level: 'warning', origin: asked, path: 'config_paths', message })
      return false
    })
    return fresh.map((path) => ({ document: this.#read(path, asked), included: [] }))
  }

  /** The `config_paths` of a document. */
  includes(document: MapNode): string[] {
    const node = document.entries.get('config_paths')?.node
    if (!node || (node.kind === 'scalar' && node.value === null)) return []
    if (
      node.kind === 'list' &&
      node.items.every((item) => item.kind === 'scalar' && typeof item.value === 'string')
    ) {
      return node.items.map((item) => (item.kind === 'scalar' ? String(item.value) : ''))
    }
    this.problems.push({
      origin: node.origin,
      path: 'config_paths',
      message: 'must be a list of paths, one a line',
    })
    return []
  }

  read(file: string): MapNode {
    try {
      const { root, problems } = readGymYaml(readFileSync(file, 'utf8'), this.#display(file))
      this.problems.push(...problems)
      return root
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
      const message = `cannot be read (${reason}); it must be a readable YAML file`
      this.problems.push({
        origin: { file: this.#display(file), line: null, column: null },
        path: '',
        message,
      })
      return emptyMap({ file, line: 1, column: 1 })
    }
  }

  #read(path: string, asked: Origin | null): MapNode {
    const file = this.find(path)
    if (file) return this.read(file)
    const looked = isAbsolute(path) ? '' : `; it was looked for in ${this.#roots.join(', ')}`
    this.problems.push({
      origin: asked,
      path: asked ? 'config_paths' : '--config',
      message: `there is no file "${path}"${looked}`,
    })
    return emptyMap({ file: path, line: null, column: null })
  }

  #display(file: string): string {
    const path = relative(this.#cwd, file)
    return path.startsWith('..') || isAbsolute(path) ? file : path
  }
}
