import { closeSync, fstatSync, openSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { readLines } from './journal-lines.ts'
import { databasePath, journalDirectory } from './ledger-files.ts'
import { openLedgerDatabase } from './ledger-schema.ts'
import { RowWriter } from './row-writer.ts'

/** What a pass over the journals did. */
export interface IntakeResult {
  readonly rows: number
  /** Lines that are no row: half-written ones in the middle of a file. */
  readonly damaged: number
}

/** How far a file has been taken in, as the database knows it. */
interface Progress {
  readonly offset: number
  readonly damaged: number
  readonly done: number
}

/** Bytes read, and so rows written, in one transaction. */
const BATCH_BYTES = 1_048_576
const HEADER_BYTES = 16_384
/** A file without an end mark that nobody wrote to for so long has no writer: writers change files every day. */
const ORPHAN_MS = 7 * 24 * 3_600_000

/**
 * Moves journals into the database, each line exactly once: how far a file has been read is committed together with
 * the rows. Any number of processes may do this for one directory at the same time, and be killed at any moment.
 */
export class JournalIntake {
  readonly #journals: string
  readonly #database: DatabaseSync
  readonly #writer: RowWriter
  readonly #findProgress: StatementSync
  readonly #saveProgress: StatementSync
  /** Size of each file at the last look that found nothing more in it. */
  readonly #seen = new Map<string, number>()

  /** Opens or makes the ledger's database; throws when that cannot be done. */
  constructor(directory: string) {
    this.#journals = journalDirectory(directory)
    this.#database = openLedgerDatabase(databasePath(directory))
    this.#writer = new RowWriter(this.#database)
    this.#findProgress = this.#database.prepare('SELECT offset, damaged, done FROM journals WHERE file = ?')
    this.#saveProgress = this.#database.prepare(
      'INSERT OR REPLACE INTO journals (file, offset, damaged, done) VALUES (?, ?, ?, ?)',
    )
  }

  /** Takes in every whole line that stands in the journals now. Synchronous; throws when the database refuses. */
  takeAll(): IntakeResult {
    let rows = 0
    let damaged = 0
    for (const file of this.#files()) {
      for (;;) {
        const batch = this.#takeBatch(file)
        if (!batch) break
        rows += batch.rows
        damaged += batch.damaged
      }
    }
    return { rows, damaged }
  }

  close(): void {
    this.#database.close()
  }

  #files(): string[] {
    try {
      return readdirSync(this.#journals)
        .filter((name) => name.endsWith('.journal'))
        .sort()
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }

  /** One transaction's worth of one file; null when there is no more. */
  #takeBatch(file: string): IntakeResult | null {
    const path = join(this.#journals, file)
    const descriptor = openOrNull(path)
    if (descriptor === null) return null
    try {
      const { size, mtimeMs } = fstatSync(descriptor)
      const orphaned = Date.now() - mtimeMs > ORPHAN_MS
      // Most looks find nothing new, and should not take the database's lock.
      if (this.#seen.get(file) === size && !orphaned) return null
      const batch = this.#inTransaction(() => this.#move(file, descriptor, orphaned))
      if (batch.done) {
        unlinkQuietly(path)
        this.#seen.delete(file)
      } else if (batch.bytes === 0) {
        this.#seen.set(file, size)
      }
      return batch.bytes > 0 ? batch : null
    } finally {
      closeSync(descriptor)
    }
  }

  /** Reads on from where the database says, not from memory: another process may have been here. */
  #move(
    file: string,
    descriptor: number,
    orphaned: boolean,
  ): IntakeResult & { bytes: number; done: boolean } {
    const before = (this.#findProgress.get(file) as Progress | undefined) ?? {
      offset: 0,
      damaged: 0,
      done: 0,
    }
    if (before.done) return { rows: 0, damaged: 0, bytes: 0, done: true }
    let order = before.offset > 0 ? orderOf(descriptor) : null
    const { lines, bytes } = readLines(descriptor, before.offset, BATCH_BYTES)
    let rows = 0
    let damaged = 0
    let done = orphaned && bytes === 0
    for (const line of lines) {
      if (line.kind === 'header') order = line.order
      else if (line.kind === 'end') done = true
      else if (line.kind === 'damaged' || order === null) damaged += 1
      else {
        this.#writer.write(line.values, order)
        rows += 1
      }
    }
    if (bytes > 0 || done) {
      // A finished file's line stays for good: it keeps a slower process, which has the file still open, from starting over.
      this.#saveProgress.run(file, before.offset + bytes, before.damaged + damaged, done ? 1 : 0)
    }
    return { rows, damaged, bytes, done }
  }

  #inTransaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      this.#writer.forget()
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

/** The column order from the first line of a file. */
function orderOf(descriptor: number): readonly number[] | null {
  const [first] = readLines(descriptor, 0, HEADER_BYTES).lines
  return first?.kind === 'header' ? first.order : null
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** A file that cannot be deleted is only a nuisance: it is marked as done. */
function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // The next pass tries again.
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
