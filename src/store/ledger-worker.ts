import { parentPort, workerData } from 'node:worker_threads'
import { JournalIntake } from './journal-intake.ts'

/** Given to the worker when it starts. */
export interface LedgerWorkerData {
  readonly directory: string
  /** Pause between two looks at the journals, in milliseconds. */
  readonly intervalMs: number
}

/** From the worker: how a pass went. */
export type LedgerWorkerReport =
  | { readonly kind: 'taken'; readonly rows: number; readonly damaged: number }
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'closed' }

/** While the database refuses, it is asked again this rarely. */
const TROUBLE_PAUSE_MS = 5_000

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port, not a window
if (parentPort) work(workerData as LedgerWorkerData, (report) => parentPort?.postMessage(report))

function work(
  { directory, intervalMs }: LedgerWorkerData,
  report: (report: LedgerWorkerReport) => void,
): void {
  let intake: JournalIntake | null = null
  let timer: NodeJS.Timeout
  let troubled = false

  const pass = (): number => {
    try {
      intake ??= new JournalIntake(directory)
      const { rows, damaged } = intake.takeAll()
      if (rows > 0 || damaged > 0 || troubled) report({ kind: 'taken', rows, damaged })
      troubled = false
      return intervalMs
    } catch (error) {
      troubled = true
      report({ kind: 'trouble', message: (error as Error).message })
      closeQuietly()
      return TROUBLE_PAUSE_MS
    }
  }
  // A broken connection is not repaired but made anew.
  const closeQuietly = (): void => {
    try {
      intake?.close()
    } catch {
      // It may never have been open.
    }
    intake = null
  }
  const next = (): void => {
    timer = setTimeout(next, pass())
  }

  parentPort?.on('message', () => {
    clearTimeout(timer)
    pass()
    closeQuietly()
    report({ kind: 'closed' })
    parentPort?.close()
  })
  next()
}
