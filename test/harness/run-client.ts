import { spawn } from 'node:child_process'

export interface ClientRun {
  readonly command: string
  readonly arguments: readonly string[]
  /** The folder it works in. */
  readonly folder: string
  /** Its home: empty, so that nothing of the user's is read or changed. */
  readonly home: string
  readonly environment: Readonly<Record<string, string>>
  /** What it reads from its standard input; nothing unless given. */
  readonly input?: string
}

export interface ClientResult {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

const MOST_MS = 120_000
/** Whatever is not on this machine cannot be reached. */
const NOWHERE = 'http://127.0.0.1:9'

/** Runs a client to its end, with no way out of this machine and without anything typed in. */
export function runClient({
  command,
  arguments: args,
  folder,
  home,
  environment,
  input = '',
}: ClientRun): Promise<ClientResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        HTTP_PROXY: NOWHERE,
        HTTPS_PROXY: NOWHERE,
        ALL_PROXY: NOWHERE,
        NO_PROXY: '127.0.0.1,localhost',
        ...environment,
      },
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_MS)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output, errors })
    })
  })
}
