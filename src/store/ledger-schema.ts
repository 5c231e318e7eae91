import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeDirectory } from '../lib/make-directory.ts'
import { ROW_COLUMNS } from './row-columns.ts'

const VERSION = 1

const calls = ROW_COLUMNS.map(({ column, kind }) => `${column} ${kind === 'text' ? 'TEXT' : 'INTEGER'}`).join(
  ', ',
)

/** What reports sum and filter by, in the order of rollouts: a report by rollout reads this index alone. */
const SUMMED = [
  'rollout',
  'at',
  'run',
  'server',
  'outcome',
  'attempts',
  'usage',
  'price_confidence',
  'micro_dollars',
  'failed_micro_dollars',
  'saved_by_cache',
  'saved_by_tier',
  'saved_by_replay',
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
  'max_output',
]

const SCHEMA = `
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, ${calls});
CREATE INDEX IF NOT EXISTS calls_at ON calls (at);
CREATE INDEX IF NOT EXISTS calls_rollout ON calls (${SUMMED.join(', ')});
CREATE TABLE IF NOT EXISTS journals (
  file TEXT PRIMARY KEY, offset INTEGER NOT NULL, damaged INTEGER NOT NULL, done INTEGER NOT NULL
);
PRAGMA user_version = ${VERSION};
`

/**
 * Opens the ledger's database for writing, and makes it when it is missing. Several processes may: whoever writes takes
 * the lock for one short transaction, the others wait up to five seconds for it.
 */
export function openLedgerDatabase(path: string): DatabaseSync {
  makeDirectory(dirname(path))
  const database = new DatabaseSync(path, { timeout: 5_000 })
  try {
    // FULL: a journal file is deleted once its rows are committed, so the commit has to be on the disk.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as {
      user_version: number
    }
    if (version > VERSION) {
      throw new Error(
        `${path} was written by a newer Spotter (format ${version}); use that version, or another directory`,
      )
    }
    if (version < VERSION) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
