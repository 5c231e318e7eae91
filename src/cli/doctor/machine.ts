import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Finding } from './finding.ts'

const OLDEST_NODE = 24
/** A call in flight is two sockets: the caller's and the upstream's. */
const SOCKETS_PER_CALL = 2
const ENOUGH_OPEN_FILES = 8_192

export function nodeFinding(version: string, path: string): Finding {
  const major = Number(version.split('.')[0])
  const text = `Node ${version} (${path})`
  return major >= OLDEST_NODE
    ? { check: 'Node', state: 'good', text }
    : { check: 'Node', state: 'bad', text: `${text}: Spotter needs Node ${OLDEST_NODE} or newer` }
}

/** `limits` is the text of /proc/self/limits; null where the system has none. */
export function openFilesFinding(limits: string | null): Finding {
  const check = 'open files'
  const found = /^Max open files\s+(\S+)/m.exec(limits ?? '')?.[1]
  if (!found) return { check, state: 'note', text: 'this system does not tell the limit; see ulimit -n' }
  if (found === 'unlimited') return { check, state: 'good', text: 'unlimited' }
  const most = Number(found)
  const calls = Math.floor(most / SOCKETS_PER_CALL).toLocaleString('en-US')
  const text = `${most.toLocaleString('en-US')}, so about ${calls} calls at a time`
  if (most >= ENOUGH_OPEN_FILES) return { check, state: 'good', text }
  return { check, state: 'note', text: `${text}; app.py raises it under Gym, by hand: ulimit -n 65535` }
}

export function readLimits(): string | null {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return null
  }
}

/** Tries to listen where the server would. */
export function portFinding(host: string, port: number): Promise<Finding> {
  const check = 'port'
  const at = `${host}:${port}`
  if (port === 0) return Promise.resolve({ check, state: 'good', text: `${host}, any free port` })
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why =
        code === 'EADDRINUSE'
          ? 'another process listens there (if that is this server, all is well); else set "port"'
          : `${code ?? message}; set "host" and "port"`
      resolve({ check, state: code === 'EADDRINUSE' ? 'note' : 'bad', text: `${at}: ${why}` })
    })
    server.listen(port, host, () =>
      server.close(() => resolve({ check, state: 'good', text: `${at} is free` })),
    )
  })
}

const MOST_SKEW_MS = 60_000

/** Compares this machine's clock with the one the host answered with. */
export function clockFinding(hostClock: number | null, now: number): Finding {
  const check = 'clock'
  if (hostClock === null)
    return { check, state: 'note', text: 'not compared: the host did not tell its time' }
  const skew = Math.round((now - hostClock) / 1000)
  const text = `${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} the host's`
  if (Math.abs(now - hostClock) <= MOST_SKEW_MS)
    return { check, state: 'good', text: `within a minute of the host's` }
  return {
    check,
    state: 'bad',
    text: `${text}: set this machine's clock, or dates of waits and TLS will be wrong`,
  }
}
