import type { Log } from '../observe/log.ts'
import type { FrontDoor } from './front-door.ts'

export interface LifecycleSettings {
  readonly drainMs: number
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Ends everything behind the front door. */
  close(): Promise<void>
  exit(code: number): void
}

/** SIGINT: Gym kills after one second, so everything must be over well before. */
const HURRY_MS = 600

/**
 * Ends the process when asked to. SIGINT: at once, every open call is answered and the port is free within 0.8 s.
 * SIGTERM: no new calls, the open ones may end within the drain time; a second signal hurries it.
 */
export function endOnSignals(frontDoor: FrontDoor, settings: LifecycleSettings): void {
  let ending = false
  let hurrying = false

  async function hurry(): Promise<void> {
    // A terminal tells every process of its group, and so does a supervisor.
    if (hurrying) return
    hurrying = true
    ending = true
    frontDoor.server.close()
    const timeout = setTimeout(() => settings.exit(0), HURRY_MS)
    await settings.close()
    frontDoor.server.closeIdleConnections()
    // Answers just written still have to reach the kernel.
    setTimeout(() => frontDoor.server.closeAllConnections(), 50)
    setTimeout(() => {
      clearTimeout(timeout)
      settings.exit(0)
    }, 60)
  }

  async function drain(): Promise<void> {
    if (ending) return hurry()
    ending = true
    frontDoor.server.close()
    frontDoor.server.closeIdleConnections()
    const open = (): number => frontDoor.active.size + frontDoor.arriving
    if (open() > 0)
      settings.log.info(`stopping: waiting up to ${settings.drainMs / 1000} s for ${open()} open calls`)
    const end = performance.now() + settings.drainMs
    while (open() > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const left = open()
    if (left > 0) settings.log.warn(`stopping: ${left} calls did not end in time and are given up`)
    return hurry()
  }

  process.on('SIGINT', () => void hurry())
  process.on('SIGTERM', () => void drain())
}
