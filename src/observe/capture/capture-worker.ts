import { parentPort, workerData } from 'node:worker_threads'
import { CaptureFiles, markIncomplete } from './capture-files.ts'
import { captureLine } from './capture-line.ts'
import { loadFileLock } from './file-lock.ts'
import type { CaptureJob, CaptureReport } from './job.ts'

export interface CaptureWorkerData {
  readonly directory: string
}

export type CaptureWorkerOrder = readonly CaptureJob[] | 'close'

export type CaptureWorkerAnswer =
  | { readonly kind: 'ready'; readonly locks: boolean }
  | { readonly kind: 'written'; readonly reports: readonly CaptureReport[] }
  | { readonly kind: 'closed' }

/** The thread in which capture lines are put together and written, so that no call waits for another's disk. */
function run(): void {
  const { directory } = workerData as CaptureWorkerData
  const port = parentPort
  if (!port) return
  const tryLock = loadFileLock()
  const reports: CaptureReport[] = []
  const files = new CaptureFiles({
    directory,
    tryLock,
    report(report) {
      // Files that finish together are answered together.
      if (reports.push(report) === 1)
        setImmediate(() => answer({ kind: 'written', reports: reports.splice(0) }))
    },
  })
  port.on('message', (order: CaptureWorkerOrder) => {
    if (order === 'close') return void close()
    for (const job of order) take(job)
    files.flush()
  })
  answer({ kind: 'ready', locks: tryLock !== null })

  function take(job: CaptureJob): void {
    try {
      files.append(job.rollout, job.id, captureLine(job))
    } catch (error) {
      markIncomplete(directory, job.rollout, 'capture')
      answer({ kind: 'written', reports: [{ ids: [job.id], trouble: String(error) }] })
    }
  }

  async function close(): Promise<void> {
    await files.finished()
    if (reports.length > 0) answer({ kind: 'written', reports: reports.splice(0) })
    answer({ kind: 'closed' })
    port?.close()
  }

  function answer(message: CaptureWorkerAnswer): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
    port?.postMessage(message)
  }
}

run()
