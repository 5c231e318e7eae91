import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { makeDirectory } from '../lib/make-directory.ts'
import { JOURNAL_END, JOURNAL_HEADER } from './row-columns.ts'

/** What a journal needs of a file system; a test can make it fail. */
export interface JournalFiles {
  openSync(path: string, flags: 'ax', mode: number): number
  writeSync(descriptor: number, text: string): number
  ftruncateSync(descriptor: number, length: number): void
  closeSync(descriptor: number): void
}

const files: JournalFiles = { openSync, writeSync, ftruncateSync, closeSync }

export interface JournalOptions {
  /** Folder of the journals; made when missing. */
  readonly directory: string
  /** Unique to this process: no two writers share a file. */
  readonly name: string
  readonly clock: Clock
  /** A file this large (bytes), or this old, is closed and a new one begun. */
  readonly maxBytes?: number
  readonly maxAgeMs?: number
  readonly files?: JournalFiles
}

/** Readers give up on a silent file much later than this, so no writer can still be adding to it. */
const MAX_AGE_MS = 24 * 3_600_000
const MAX_BYTES = 64 * 1_048_576

/**
 * An append-only file of lines. `append` returns when the kernel has the line: from then on no kill of this process can
 * lose it (a power failure can, until the worker has moved it into the database).
 *
 * One write per line and no fsync: about 2 µs on an ordinary disk.
 */
export class Journal {
  readonly #options: JournalOptions
  readonly #files: JournalFiles
  #descriptor = -1
  #size = 0
  #openedAt = 0
  #number = 0

  constructor(options: JournalOptions) {
    this.#options = options
    this.#files = options.files ?? files
  }

  /** Writes one line, which ends with a newline. Throws what the file system throws, and then has written nothing. */
  append(line: string): void {
    const { clock, maxBytes = MAX_BYTES, maxAgeMs = MAX_AGE_MS } = this.#options
    if (this.#descriptor >= 0 && (this.#size >= maxBytes || clock.now() - this.#openedAt >= maxAgeMs))
      this.close()
    if (this.#descriptor < 0) this.#open()
    if (this.#size === 0) this.#write(JOURNAL_HEADER)
    this.#write(line)
  }

  /** Ends the current file. The journal can be used again; it then begins another one. */
  close(): void {
    if (this.#descriptor < 0) return
    try {
      this.#write(JOURNAL_END)
    } catch {
      // Without its end mark the file is kept longer than needed; nothing is lost.
    }
    this.#abandon()
  }

  #open(): void {
    const { directory, name, clock } = this.#options
    makeDirectory(directory)
    this.#number += 1
    const path = join(directory, `${name}.${String(this.#number).padStart(6, '0')}.journal`)
    this.#descriptor = this.#files.openSync(path, 'ax', 0o644)
    this.#size = 0
    this.#openedAt = clock.now()
  }

  #write(line: string): void {
    let written = 0
    try {
      written = this.#files.writeSync(this.#descriptor, line)
      const length = Buffer.byteLength(line)
      if (written < length)
        throw Object.assign(new Error('the disk took only a part of a line'), { code: 'ENOSPC' })
      this.#size += length
    } catch (error) {
      this.#undo(written)
      throw error
    }
  }

  /** Takes a part of a line back, so that the next attempt does not stand behind half a row. */
  #undo(written: number): void {
    try {
      if (written > 0) this.#files.ftruncateSync(this.#descriptor, this.#size)
    } catch {
      // The half line stays at the end of this file, where readers ignore it.
      this.#abandon()
    }
  }

  #abandon(): void {
    try {
      this.#files.closeSync(this.#descriptor)
    } catch {
      // Nothing depends on it.
    }
    this.#descriptor = -1
  }
}
