import { closeSync, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { makeDirectory } from '../../lib/make-directory.ts'
import { loadFileLock } from '../../observe/capture/file-lock.ts'
import type { Finding } from './finding.ts'

/** Whether captures can be written, and under the lock that Gym's own processes take. */
export function captureFinding({ gym }: Pick<Config, 'gym'>): Finding {
  const check = 'capture'
  const { observabilityEnabled, modelCallCaptureDir: directory } = gym
  if (!observabilityEnabled || directory === null) {
    return { check, state: 'good', text: 'off (observability_enabled is not true)' }
  }
  const trouble = tryWriting(directory)
  if (trouble) return { check, state: 'bad', text: `model_call_capture_dir ${directory}: ${trouble}` }
  if (loadFileLock()) return { check, state: 'good', text: `${directory} takes files and locks` }
  return {
    check,
    state: 'note',
    text: `${directory} takes files, but flock(2) is missing here: npm install ffi-rs beside Spotter`,
  }
}

export function ledgerFinding({ ledger }: Pick<Config, 'ledger'>): Finding {
  const check = 'ledger'
  if (!ledger.enabled)
    return { check, state: 'note', text: 'off (ledger.enabled is false): costs are not kept' }
  const trouble = tryWriting(ledger.directory)
  if (trouble) return { check, state: 'bad', text: `ledger.directory ${ledger.directory}: ${trouble}` }
  return { check, state: 'good', text: ledger.directory }
}

/** Makes the directory and a file in it; the reason where it cannot, in a few words. */
function tryWriting(directory: string): string | null {
  const file = join(directory, `.spotter-doctor-${process.pid}`)
  try {
    makeDirectory(directory)
    closeSync(openSync(file, 'w'))
    unlinkSync(file)
    return null
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'is not writable by this user'
    if (code === 'ENOSPC') return 'the disk is full'
    if (code === 'ENOTDIR') return 'a part of this path is a file'
    if (code === 'ENOENT') return 'it cannot be made there'
    return message
  }
}
