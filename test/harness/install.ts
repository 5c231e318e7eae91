import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** What was installed once is there for the next run. */
const store = join(tmpdir(), 'spotter-harness')

/** Installs a package from npm, at this very version, in a folder outside the project; gives the path of its command. */
export async function installedCommand(name: string, version: string, command: string): Promise<string> {
  const folder = join(store, `${name}@${version}`)
  const path = join(folder, 'node_modules', '.bin', command)
  if (existsSync(path)) return path
  await mkdir(dirname(folder), { recursive: true })
  const fresh = await mkdtemp(join(store, 'new-'))
  await writeFile(join(fresh, 'package.json'), '{"private":true}')
  await run('npm', ['install', '--no-audit', '--no-fund', '--save-exact', `${name}@${version}`], {
    cwd: fresh,
  })
  await rm(folder, { recursive: true, force: true })
  await rename(fresh, folder)
  return path
}
