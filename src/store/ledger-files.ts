import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The ledger's database in its directory. */
export function databasePath(directory: string): string {
  return join(directory, 'ledger.sqlite')
}

/** The folder of journals in the ledger's directory. */
export function journalDirectory(directory: string): string {
  return join(directory, 'journal')
}

/**
 * Where a report looks when it is not told: `.spotter` in the working directory, else Spotter's folder in the XDG state
 * directory, which is where servers that Gym started write.
 */
export function defaultLedgerDirectory(cwd: string, environment: NodeJS.ProcessEnv): string {
  const here = join(cwd, '.spotter')
  if (existsSync(here)) return here
  const home = environment['HOME'] || homedir()
  const state = join(environment['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'spotter')
  return existsSync(state) ? state : here
}
