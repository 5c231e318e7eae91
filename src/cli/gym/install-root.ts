import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { makeDirectory } from '../../lib/make-directory.ts'
import { packageFolders } from './package-folders.ts'

/** The folder that Gym looks for below a root. */
export const SERVER_FOLDER = join('responses_api_models', 'openai_model')

/** What `app.py` needs at the root, and how much of it. */
const PARTS: Readonly<Record<string, (path: string) => boolean>> = {
  [SERVER_FOLDER]: (path) => !/^(?:\.venv.*|__pycache__)$/.test(basename(path)),
  src: (path) => !path.endsWith('.test.ts'),
  dist: () => true,
  'package.json': () => true,
  LICENSE: () => true,
}

/**
 * Writes a root for `NEMO_GYM_EXTRA_ROOTS` that needs nothing but Node: the folder Gym looks for, the program and the
 * packages it runs with. What an earlier version wrote is replaced; virtual environments that Gym made are kept.
 *
 * @throws with a sentence where `to` is a folder with other things in it.
 */
export function installRoot(from: string, to: string): void {
  if (existsSync(to) && readdirSync(to).length > 0 && packageName(to) !== packageName(from)) {
    throw new Error(`${to} is not empty and no earlier installation of Spotter: name a new folder`)
  }
  const packages = packageFolders(from)
  makeDirectory(to)
  for (const old of ['src', 'dist', 'node_modules']) rmSync(join(to, old), { recursive: true, force: true })
  for (const [part, wanted] of Object.entries(PARTS)) {
    // A checkout runs from its sources; what may have been built there once is older.
    if (part === 'dist' && existsSync(join(from, 'src', 'main.ts'))) continue
    if (existsSync(join(from, part)))
      cpSync(join(from, part), join(to, part), { recursive: true, filter: wanted })
  }
  for (const folder of packages) copyPackage(folder.from, join(to, folder.to))
}

/** Copies a package without the packages inside it: those are placed one by one. */
function copyPackage(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) => !relative(from, path).split(sep).includes('node_modules'),
  })
}

function packageName(folder: string): string | null {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }
    return manifest.name ?? null
  } catch {
    return null
  }
}
