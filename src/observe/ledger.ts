import type { Clock } from '../lib/clock.ts'
import { diskTrouble } from './disk-trouble.ts'
import type { LedgerRow } from './ledger-row.ts'

/** Where rows go first: one durable append each. Throws when it cannot. */
export interface RowSink {
  append(row: LedgerRow): void
  close(): Promise<void> | void
}

export interface LedgerOptions {
  readonly sink: RowSink
  readonly clock: Clock
  /** Told once when rows can no longer be written, and once when they can again. One sentence. */
  readonly report: (level: 'error' | 'info', message: string) => void
  /** Rows held in memory while the sink fails; beyond it the newest are dropped and counted. About 1 KB each. */
  readonly maxHeld?: number
}

export interface LedgerState {
  readonly written: number
  /** Rows waiting in memory for a sink that fails. */
  readonly held: number
  /** Rows given up because memory was full too. */
  readonly lost: number
  /** Why the sink fails; null when it does not. */
  readonly trouble: string | null
}

const MAX_HELD = 50_000
/** A failing disk is asked again this often at most: never per call. */
const RETRY_MS = 1_000
/** Catching up: so many rows (a few milliseconds of work), then a pause. */
const CATCH_UP_ROWS = 1_000
const CATCH_UP_PAUSE_MS = 20

/**
 * Writes down every settled call and never stands in a call's way: a full disk or an unwritable folder is said once,
 * rows wait in memory, and go out in order when the disk is back.
 */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #maxHeld: number
  #held: LedgerRow[] = []
  #written = 0
  #lost = 0
  #trouble: string | null = null
  #cancelRetry: (() => void) | null = null

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#maxHeld = options.maxHeld ?? MAX_HELD
  }

  /** Writes one row before it returns, or keeps it for later. Never throws. */
  settled(row: LedgerRow): void {
    if (this.#trouble === null) {
      try {
        this.#options.sink.append(row)
        this.#written += 1
      } catch (error) {
        this.#fail(error)
        this.#hold(row)
      }
      return
    }
    this.#hold(row)
  }

  get state(): LedgerState {
    return { written: this.#written, held: this.#held.length, lost: this.#lost, trouble: this.#trouble }
  }

  /** Writes what is held if the sink allows it, and closes the sink. */
  async close(): Promise<void> {
    this.#cancelRetry?.()
    if (this.#trouble !== null) this.#catchUp(this.#held.length)
    this.#cancelRetry?.()
    this.#lost += this.#held.length
    if (this.#lost > 0) {
      this.#options.report(
        'error',
        `the ledger lost ${rows(this.#lost)} that could not be written: ${this.#trouble}`,
      )
    }
    this.#held = []
    await this.#options.sink.close()
  }

  #hold(row: LedgerRow): void {
    if (this.#held.length < this.#maxHeld) this.#held.push(row)
    else this.#lost += 1
  }

  /** Writes held rows in order, a bounded number at a time so that the calls of this moment do not wait. */
  #catchUp(most = CATCH_UP_ROWS): void {
    const batch = this.#held.slice(0, most)
    let done = 0
    try {
      for (const row of batch) {
        this.#options.sink.append(row)
        done += 1
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#held.splice(0, done)
    this.#written += done
    if (done < batch.length) return
    this.#cancelRetry?.()
    this.#cancelRetry = null
    if (this.#held.length > 0) {
      this.#cancelRetry = this.#options.clock.after(CATCH_UP_PAUSE_MS, () => this.#catchUp())
      return
    }
    this.#trouble = null
    const lost = this.#lost > 0 ? `, but lost ${rows(this.#lost)}` : ''
    this.#options.report('info', `the ledger is being written again and has caught up${lost}`)
  }

  #fail(error: unknown): void {
    const first = this.#trouble === null
    this.#trouble = diskTrouble(error, 'its folder')
    this.#cancelRetry?.()
    this.#cancelRetry = this.#options.clock.after(RETRY_MS, () => this.#catchUp())
    if (!first) return
    const room = `up to ${this.#maxHeld} rows wait in memory`
    this.#options.report('error', `the ledger cannot be written (${this.#trouble}); calls go on and ${room}`)
  }
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}
