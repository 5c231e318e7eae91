import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'

/** A server under test, in a process of its own. */
export interface ServerProcess {
  readonly origin: string
  readonly pid: number
  /** CPU time of all its threads so far, in microseconds. */
  cpu(): number
  /** Resident memory in bytes. */
  memory(): number
  stop(): Promise<void>
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly folder?: string
  /** Where it listens, where its command says so; else its first line of output is its address. */
  readonly origin?: string
}

const START_MS = 30_000

/** Starts a command with as many open files as the machine allows and waits until it serves. */
export async function startServer(
  command: readonly string[],
  options: StartOptions = {},
): Promise<ServerProcess> {
  const child = spawn('bash', ['-c', 'ulimit -n "$(ulimit -Hn)"; exec "$@"', 'bash', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
    cwd: options.folder,
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)))
  const origin = await serving(child, () => options.origin ?? /^http\S+/m.exec(output)?.[0])
  if (origin === null) {
    await stop(child)
    throw new Error(`${command.join(' ')} does not serve:\n${output}`)
  }
  const { pid } = child
  if (pid === undefined) throw new Error(`${command[0]} has no process`)
  return {
    origin,
    pid,
    cpu: () => cpuMicroseconds(pid),
    memory: () => residentBytes(pid),
    stop: () => stop(child),
  }
}

async function serving(child: ChildProcess, origin: () => string | undefined): Promise<string | null> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const found = origin()
    if (found && (await answers(found))) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return null
}

async function answers(origin: string): Promise<boolean> {
  try {
    await (await fetch(origin)).arrayBuffer()
    return true
  } catch {
    return false
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await gone
  clearTimeout(timer)
}

// The scheduler's own account is exact to the nanosecond; /proc/<pid>/stat counts in hundredths of a second.
function cpuMicroseconds(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread has just ended.
    }
  }
  return nanoseconds / 1000
}

function residentBytes(pid: number): number {
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(resident?.[1]) * 1024
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

/** How many files a process may have open here. */
export function openFilesLimit(): number {
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024)
}
