import { randomBytes } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../lib/clock.ts'
import type { LedgerRow } from '../observe/ledger-row.ts'
import { Journal } from './journal.ts'
import { journalDirectory } from './ledger-files.ts'
import type { LedgerWorkerData, LedgerWorkerReport } from './ledger-worker.ts'
import { journalLine } from './row-columns.ts'

export interface LedgerStoreOptions {
  /** The ledger's directory; several servers may share it. */
  readonly directory: string
  /** The server's name, for people who look at the journal files. */
  readonly server: string
  readonly clock: Clock
  /** Told once when the database stops taking rows, and once when it takes them again. One sentence. */
  readonly report: (level: 'error' | 'info', message: string) => void
  /** Pause between two looks of the worker, in milliseconds. */
  readonly intervalMs?: number
}

const INTERVAL_MS = 500
/** A worker that died is started again after this long. */
const RESTART_MS = 5_000
const CLOSE_MS = 3_000

/**
 * Keeps the ledger on disk: rows go into this process's journal at once, and a worker thread moves journals, this
 * process's and those that killed ones left, into SQLite. If the database is in trouble the journals wait for it.
 */
export class LedgerStore {
  readonly #options: LedgerStoreOptions
  readonly #journal: Journal
  #worker: Worker | null = null
  #trouble: string | null = null
  #taken = 0
  #damaged = 0
  #closing = false
  #closed: (() => void) | null = null

  constructor(options: LedgerStoreOptions) {
    this.#options = options
    const { directory, server, clock } = options
    const plainName = server.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)
    const name = `${plainName}-${clock.wall().toString(36)}-${process.pid}-${randomBytes(3).toString('hex')}`
    this.#journal = new Journal({ directory: journalDirectory(directory), name, clock })
    this.#start()
  }

  /** Returns when the kernel has the row; throws what the file system throws. */
  append(row: LedgerRow): void {
    this.#journal.append(journalLine(row))
  }

  /** Rows moved into the database and damaged lines found by this process, and why the database refuses, or null. */
  get state(): { readonly taken: number; readonly damaged: number; readonly trouble: string | null } {
    return { taken: this.#taken, damaged: this.#damaged, trouble: this.#trouble }
  }

  /** Ends the journal and lets the worker take in the rest; gives up on the worker after three seconds. */
  async close(): Promise<void> {
    this.#closing = true
    this.#journal.close()
    const worker = this.#worker
    if (!worker) return
    worker.ref()
    const finished = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
    worker.postMessage('close')
    const cancel = this.#options.clock.after(CLOSE_MS, () => this.#closed?.())
    await finished
    cancel()
    await worker.terminate()
  }

  #start(): void {
    if (this.#closing) return
    const { directory, intervalMs = INTERVAL_MS } = this.#options
    const workerData: LedgerWorkerData = { directory, intervalMs }
    // The worker's file has the ending this file has: .ts from source, .js when compiled.
    const file = import.meta.url.endsWith('.ts') ? './ledger-worker.ts' : './ledger-worker.js'
    const worker = new Worker(new URL(file, import.meta.url), { workerData, name: 'ledger' })
    worker.unref()
    worker.on('message', (report: LedgerWorkerReport) => this.#heard(report))
    worker.on('error', (error) => this.#fail(error.message))
    worker.on('exit', () => {
      this.#worker = null
      this.#closed?.()
      if (!this.#closing) this.#options.clock.after(RESTART_MS, () => this.#start())
    })
    this.#worker = worker
  }

  #heard(report: LedgerWorkerReport): void {
    if (report.kind === 'closed') {
      this.#closed?.()
      return
    }
    if (report.kind === 'trouble') {
      this.#fail(report.message)
      return
    }
    this.#taken += report.rows
    this.#damaged += report.damaged
    if (this.#trouble === null) return
    this.#trouble = null
    this.#options.report('info', 'the ledger database takes rows again')
  }

  #fail(message: string): void {
    const first = this.#trouble === null
    this.#trouble = message
    if (!first) return
    const { directory } = this.#options
    this.#options.report(
      'error',
      `the ledger database in ${directory} takes no rows (${message}); calls go on, and rows wait in its journals: ` +
        'mend the folder, or name another one in ledger.directory and start anew',
    )
  }
}
