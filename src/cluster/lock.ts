import { DatabaseSync } from 'node:sqlite'

/**
 * A lock that one process of a machine holds, and that the system takes back in the moment the process ends, however it
 * ends. Node has no `flock`, and a file that says "taken" outlives its owner; SQLite, which comes with Node, locks files in
 * earnest. Nothing is ever stored in the file.
 */
export class Lock {
  readonly #path: string
  #database: DatabaseSync | null = null

  constructor(path: string) {
    this.#path = path
  }

  get held(): boolean {
    return this.#database !== null
  }

  /** True when it is ours now. Takes half a millisecond, and never waits. Throws where the file cannot be opened. */
  take(): boolean {
    if (this.#database) return true
    const database = new DatabaseSync(this.#path, { timeout: 0 })
    try {
      // Without a journal, nothing is left beside the file.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      const { errcode } = error as { errcode?: number }
      if (errcode === SQLITE_BUSY) return false
      throw error
    }
    this.#database = database
    return true
  }

  release(): void {
    this.#database?.close()
    this.#database = null
  }
}

const SQLITE_BUSY = 5
