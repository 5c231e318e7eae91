import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDirectory } from '../lib/make-directory.ts'

/** What draws on the same limits. */
export interface Account {
  readonly baseUrl: string
  readonly apiKey: string
  /** The limit group: the model. */
  readonly group: string
}

/** Where the processes that share an account find each other. */
export interface MeetingPlace {
  readonly folder: string
  readonly socket: string
  /** Held by the process that serves the socket. */
  readonly lock: string
}

/** The system takes socket paths of 107 bytes, others fewer. */
const MOST_PATH_BYTES = 100

/**
 * Names the place; the account's key goes into a hash, never into a name.
 *
 * `folders` come in order of preference: a user's own folder for such things, then the one for temporary files.
 */
export function meetingPlace(
  { baseUrl, apiKey, group }: Account,
  environment: NodeJS.ProcessEnv,
  user: number,
): MeetingPlace {
  const name = createHash('sha256')
    .update(JSON.stringify(['spotter', baseUrl, apiKey, group]))
    .digest('hex')
    .slice(0, 24)
  const own = environment['XDG_RUNTIME_DIR']
  const folders = [
    ...(own?.startsWith('/') ? [join(own, 'spotter')] : []),
    join(environment['TMPDIR'] || tmpdir(), `spotter-${user}`),
    `/tmp/spotter-${user}`,
  ]
  const fits = (folder: string): boolean =>
    Buffer.byteLength(join(folder, `${name}.socket`)) <= MOST_PATH_BYTES
  const folder = folders.find(fits) as string
  return { folder, socket: join(folder, `${name}.socket`), lock: join(folder, `${name}.lock`) }
}

/** Makes the folder, for this user alone. Throws a sentence where it belongs to somebody else or is open to others. */
export function openFolder(folder: string, user: number): void {
  const before = process.umask(0o077)
  try {
    makeDirectory(folder)
  } finally {
    process.umask(before)
  }
  const facts = lstatSync(folder)
  if (!facts.isDirectory()) throw new Error(`${folder} is no folder`)
  if (facts.uid !== user) throw new Error(`${folder} belongs to another user`)
  if ((facts.mode & 0o077) !== 0)
    throw new Error(`${folder} is open to other users; remove it, or \`chmod 700\` it`)
}
