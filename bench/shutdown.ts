import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { startUpstream, type Contender } from './harness/contender.ts'
import { conversation } from './harness/conversation.ts'
import { Load, type LoadRequest, tellUpstream } from './harness/load.ts'
import { progress } from './harness/progress.ts'
import { openFilesLimit } from './harness/server-process.ts'

const LEVELS = [0, 1000, 4000]
const BATCH = 250
const WARM_UP = 3000
/** Gym kills a server that is still there a second after SIGINT. */
const TARGET_MS = 800

export interface ShutdownRow {
  readonly inFlight: number
  /** From SIGINT to the end of the process. */
  readonly milliseconds: number
  readonly target: number
  /** Calls that got an answer; the others' connections broke. */
  readonly answered: number
}

/** How long a server takes from SIGINT to its end, while calls wait for a silent upstream and a body is still coming. */
export async function measureShutdown(contender: Contender, quick: boolean): Promise<ShutdownRow[]> {
  const rows: ShutdownRow[] = []
  for (const wanted of quick ? LEVELS.slice(0, 2) : LEVELS) rows.push(await measureLevel(contender, wanted))
  return rows
}

async function measureLevel(contender: Contender, wanted: number): Promise<ShutdownRow> {
  const inFlight = Math.min(wanted, Math.floor((openFilesLimit() - 100) / 2))
  const upstream = await startUpstream()
  const server = await contender.start(upstream.origin)
  const load = new Load(server.origin, inFlight + 1)
  try {
    const { path, headers } = contender
    const request: LoadRequest = { path, headers, body: conversation(1024), expect: '' }
    // Until answers have come, a host that tells no limits is sent a few requests at a time.
    await load.run({ ...request, body: conversation(1024, { urgent: true }) }, WARM_UP, 8)
    await tellUpstream(upstream.origin, '/hold')
    let answered = 0
    const calls: Promise<void>[] = []
    const counted = (error: Error): void => {
      if (error.message.startsWith('the server answered')) answered += 1
    }
    while (calls.length < inFlight) {
      for (let index = Math.min(BATCH, inFlight - calls.length); index > 0; index--)
        calls.push(load.one(request).catch(counted))
      while ((await tellUpstream(upstream.origin, '/held')) < calls.length)
        await new Promise((resolve) => setTimeout(resolve, 20))
      progress(`shutdown: ${calls.length} held`)
    }
    const uploading = await beginUpload(server.origin, path)
    const milliseconds = await millisecondsToEnd(server.pid, () => server.stop())
    uploading.destroy()
    await Promise.all(calls)
    return { inFlight, milliseconds, target: TARGET_MS, answered }
  } finally {
    await load.close()
    await Promise.all([server.stop(), upstream.stop()])
  }
}

/** Watched by a thread of its own: this one is busy with thousands of answers meanwhile. */
async function millisecondsToEnd(pid: number, stop: () => Promise<void>): Promise<number> {
  const watch = `
    const { parentPort } = require('node:worker_threads')
    const { readFileSync } = require('node:fs')
    const from = performance.now()
    const ended = () => {
      try {
        return /\\) [ZX] /.test(readFileSync('/proc/${pid}/stat', 'utf8'))
      } catch {
        return true
      }
    }
    const timer = setInterval(() => {
      if (!ended()) return
      clearInterval(timer)
      parentPort.postMessage(performance.now() - from)
    }, 2)
    parentPort.postMessage('watching')`
  const worker = new Worker(watch, { eval: true })
  await once(worker, 'message')
  const [[milliseconds]] = await Promise.all([once(worker, 'message') as Promise<[number]>, stop()])
  return milliseconds
}

async function beginUpload(origin: string, path: string): Promise<ReturnType<typeof connect>> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.on('error', () => {})
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n{"input":"`
  await new Promise((resolve) => socket.write(head, resolve))
  return socket
}
