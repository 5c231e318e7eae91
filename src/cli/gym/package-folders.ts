import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A package that is needed at run time: where it is now, and where it goes below a new root. */
export interface PackageFolder {
  readonly from: string
  /** Relative to the root: `node_modules/yaml`. */
  readonly to: string
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * The packages a package needs to run, and those they need. They are looked up as Node does, so this works in a checkout
 * and where npm has hoisted them above us. A package of which two versions are needed stands once at the top and once
 * below the package that needs the other.
 *
 * @throws where a needed package is not installed; an optional one may be missing.
 */
export function packageFolders(root: string): PackageFolder[] {
  const placed = new Map<string, string>()
  const result: PackageFolder[] = []
  const open = [{ from: root, to: '' }]
  for (let next = open.shift(); next; next = open.shift()) {
    const manifest = readManifest(next.from)
    const needed = Object.keys(manifest.dependencies ?? {})
    const optional = Object.keys(manifest.optionalDependencies ?? {})
    for (const name of new Set([...needed, ...optional])) {
      const from = installedAt(next.from, name)
      if (from === null) {
        if (optional.includes(name)) continue
        throw new Error(`the package ${name}, which ${next.from} needs, is not installed`)
      }
      const atTop = join('node_modules', name)
      if ((placed.get(atTop) ?? from) === from) {
        if (placed.has(atTop)) continue
        place({ from, to: atTop })
      } else if (!placed.has(join(next.to, atTop))) {
        place({ from, to: join(next.to, atTop) })
      }
    }
  }
  return result

  function place(folder: PackageFolder): void {
    placed.set(folder.to, folder.from)
    result.push(folder)
    open.push(folder)
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Where Node finds that package from that folder; null where it does not. */
function installedAt(folder: string, name: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
    if (dirname(at) === at) return null
  }
}
