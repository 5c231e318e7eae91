import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory and those above it. Node's own `recursive` never ends, and takes all memory, where a parent is there and
 * refuses children with ENOENT, as /proc and some network file systems do.
 *
 * @throws what the system says of the first directory that cannot be made.
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeDirectory(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
