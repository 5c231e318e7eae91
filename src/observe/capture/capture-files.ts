import { closeSync, fstatSync, fsync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeDirectory } from '../../lib/make-directory.ts'
import { diskTrouble } from '../disk-trouble.ts'
import type { TryLock } from './file-lock.ts'
import type { CaptureReport } from './job.ts'

export interface CaptureFilesOptions {
  readonly directory: string
  /** Null where this system has none: a line is one write all the same. */
  readonly tryLock: TryLock | null
  report(report: CaptureReport): void
  /** Forces what was written down to the disk. */
  readonly sync?: (fd: number) => Promise<void>
  readonly delay?: (milliseconds: number, then: () => void) => void
}

interface Line {
  readonly id: number
  readonly bytes: Buffer
}

/** So many files are written at a time; the disk takes their syncs together. */
const MOST_AT_A_TIME = 32
/** Another process holds a lock for as long as one sync takes it. */
const LOCK_RETRY_MS = 2
const LOCK_PATIENCE_TRIES = 5_000
const LINE_FEED = 0x0a

/**
 * Appends lines to capture files as Gym does it: open, lock, write, sync, unlock. The lines that came for a file while it
 * was busy go together, with one lock and one sync; different files are synced at the same time.
 */
export class CaptureFiles {
  readonly #options: CaptureFilesOptions
  readonly #sync: (fd: number) => Promise<void>
  readonly #delay: (milliseconds: number, then: () => void) => void
  readonly #waiting = new Map<string, Line[]>()
  readonly #busy = new Set<string>()
  #idle: (() => void) | null = null

  constructor(options: CaptureFilesOptions) {
    this.#options = options
    this.#sync = options.sync ?? promisify(fsync)
    this.#delay = options.delay ?? ((milliseconds, then) => void setTimeout(then, milliseconds))
    makeDirectory(options.directory)
  }

  append(rollout: string, id: number, bytes: Buffer): void {
    const lines = this.#waiting.get(rollout)
    if (lines) lines.push({ id, bytes })
    else this.#waiting.set(rollout, [{ id, bytes }])
  }

  /** Starts on whatever waits. Called once for many `append`, so that they can go together. */
  flush(): void {
    for (const rollout of this.#waiting.keys()) {
      if (this.#busy.size >= MOST_AT_A_TIME) return
      if (this.#busy.has(rollout)) continue
      const lines = this.#waiting.get(rollout) ?? []
      this.#waiting.delete(rollout)
      this.#busy.add(rollout)
      void this.#write(rollout, lines)
    }
  }

  /** Resolves when nothing waits and nothing is being written. */
  finished(): Promise<void> {
    if (this.#busy.size === 0 && this.#waiting.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  async #write(rollout: string, lines: readonly Line[]): Promise<void> {
    const ids = lines.map(({ id }) => id)
    try {
      await this.#appendLines(rollout, lines)
      this.#options.report({ ids, trouble: null })
    } catch (error) {
      markIncomplete(this.#options.directory, rollout, 'capture')
      this.#options.report({ ids, trouble: diskTrouble(error, 'it') })
    }
    this.#busy.delete(rollout)
    this.flush()
    if (this.#busy.size === 0 && this.#waiting.size === 0) this.#idle?.()
  }

  async #appendLines(rollout: string, lines: readonly Line[]): Promise<void> {
    // Opened anew each time: Gym removes the file before it repeats a rollout, and closing gives the lock back.
    const fd = this.#open(join(this.#options.directory, `${rollout}.capture.jsonl`))
    try {
      await this.#lock(fd)
      const { size } = fstatSync(fd)
      const bytes = Buffer.concat(lines.map((line) => line.bytes))
      try {
        if (size > 0 && !endsLine(fd, size)) writeAll(fd, LINE_END)
        writeAll(fd, bytes)
      } catch (error) {
        // Half a line would spoil the next one, too.
        ftruncateSync(fd, size)
        throw error
      }
      await this.#sync(fd)
    } finally {
      closeSync(fd)
    }
  }

  #open(path: string): number {
    try {
      return openSync(path, 'a+')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      makeDirectory(this.#options.directory)
      return openSync(path, 'a+')
    }
  }

  async #lock(fd: number): Promise<void> {
    const { tryLock } = this.#options
    if (!tryLock) return
    for (let tries = 1; !tryLock(fd); tries++) {
      if (tries === LOCK_PATIENCE_TRIES) throw new Error('another process keeps the file locked')
      await new Promise<void>((resolve) => this.#delay(LOCK_RETRY_MS, resolve))
    }
  }
}

const LINE_END = Buffer.from([LINE_FEED])
const oneByte = Buffer.alloc(1)

/** False after a writer that was killed in the middle of a line. */
function endsLine(fd: number, size: number): boolean {
  return readSync(fd, oneByte, 0, 1, size - 1) === 1 && oneByte[0] === LINE_FEED
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
}

/** Tells Gym that a rollout's capture lacks something. A disk that does not even take that is past help. */
export function markIncomplete(directory: string, rollout: string, kind: 'capture' | 'tokens'): void {
  try {
    closeSync(openSync(join(directory, `${rollout}.${kind}.incomplete`), 'a'))
  } catch {
    // Reported with the trouble that led here.
  }
}
