import { readFileSync } from 'node:fs'

export interface OrphanGuardOptions {
  /** Called once, when what started this process is gone. */
  readonly onOrphaned: () => void
  readonly pollMs?: number
  /** Parent of this process. */
  readonly parent?: () => number
  /** What the system says about a process; null where it is gone, or the system does not tell. */
  readonly look?: (pid: number) => ProcessFacts | null
}

export interface ProcessFacts {
  /** Name of its program, shortened by the system. */
  readonly name: string
  readonly parent: number
}

const POLL_MS = 500
const MOST_SHELLS = 5
const shells: ReadonlySet<string> = new Set(['bash', 'sh', 'dash', 'ash', 'zsh', 'ksh', 'busybox'])

/**
 * Watches whether the process that started this one is still there. Gym stops a server by a signal to the shell it runs
 * in and kills that shell a second later; where its output goes to a log file, the signal never comes through and the
 * server would keep its port for ever.
 *
 * The shells between the launcher and this process are watched too: the one that is killed need not be the nearest. Off
 * where the first process of the system or container is the parent from the start.
 */
export function watchForOrphaning(options: OrphanGuardOptions): { stop(): void } {
  const { onOrphaned, parent = () => process.ppid, look = lookAtProcess } = options
  const chain = launchersOf(parent(), look)
  if (chain.length === 0) return { stop: () => {} }
  const timer = setInterval(() => {
    if (isWhole(chain, parent, look)) return
    clearInterval(timer)
    onOrphaned()
  }, options.pollMs ?? POLL_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** From the parent through all shells to the program that started them. */
function launchersOf(parent: number, look: (pid: number) => ProcessFacts | null): number[] {
  const chain: number[] = []
  for (let pid = parent; pid > 1 && chain.length <= MOST_SHELLS;) {
    chain.push(pid)
    const facts = look(pid)
    if (!facts || !shells.has(facts.name)) break
    pid = facts.parent
  }
  return chain
}

/** Orphans are given a new parent, so a link that has changed means that a process is gone. */
function isWhole(
  chain: readonly number[],
  parent: () => number,
  look: (pid: number) => ProcessFacts | null,
): boolean {
  let at: number | undefined = parent()
  for (const expected of chain) {
    // Unknown is no proof: without /proc, only the nearest link can be seen.
    if (at !== undefined && at !== expected) return false
    at = look(expected)?.parent
  }
  return true
}

function lookAtProcess(pid: number): ProcessFacts | null {
  try {
    // "pid (name) state parent …"; the name may hold spaces and parentheses.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    const [, parent] = text.slice(end + 2).split(' ')
    return { name: text.slice(text.indexOf('(') + 1, end), parent: Number(parent) }
  } catch {
    return null
  }
}
