import { createRequire } from 'node:module'
import { constants } from 'node:os'

/** Takes the exclusive `flock(2)` of an open file, unless somebody else has it; closing the file gives it back. */
export type TryLock = (fd: number) => boolean

const LOCK_EXCLUSIVE = 2
const LOCK_NON_BLOCKING = 4
/** Stands for the libraries that the process has loaded already. */
const LIBC = 'libc'

/** What a foreign call answers where its `errno` is asked for; the package's types know the value alone. */
interface ErrnoAnswer {
  readonly value: number
  readonly errnoCode: number
}

type Binding = typeof import('ffi-rs')
const require = createRequire(import.meta.url)

/**
 * Loads the binding's package in this thread. Has to be called in the main thread before a worker uses the lock: where
 * only a worker has loaded it, its end unloads the library while the system still has to call into it, and the whole
 * process dies of that.
 */
export function loadBinding(): Binding | null {
  try {
    return require('ffi-rs') as Binding
  } catch {
    return null
  }
}

/**
 * The lock that Gym's own processes take on the same files. Node has no call for it, and the locks it could take by other
 * means do not keep Python out; see docs/decisions/capture-writing.md. Null where the package with the binding is not
 * installed or has none for this system.
 */
export function loadFileLock(): TryLock | null {
  const ffi = loadBinding()
  if (!ffi) return null
  try {
    ffi.open({ library: LIBC, path: '' })
    const { I32 } = ffi.DataType
    return (fd) => {
      const answer = ffi.load({
        library: LIBC,
        funcName: 'flock',
        retType: I32,
        paramsType: [I32, I32],
        paramsValue: [fd, LOCK_EXCLUSIVE | LOCK_NON_BLOCKING],
        errno: true,
      }) as unknown as ErrnoAnswer
      // Any other refusal means that this file system has no locks: a whole line in one write has to do there.
      return answer.value === 0 || answer.errnoCode !== constants.errno.EWOULDBLOCK
    }
  } catch {
    return null
  }
}
