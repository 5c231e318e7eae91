import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Installation } from './installation.ts'

/** Where a run reads and writes. */
export interface Workplace {
  readonly folder: string
  readonly captures: string
  readonly ledger: string
}

export interface GymOptions {
  readonly installation: Installation
  readonly workplace: Workplace
  /** For `NEMO_GYM_EXTRA_ROOTS`. */
  readonly root: string
}

/** Settings that every command of a run gets. */
function runSettings({ installation, workplace }: GymOptions): string[] {
  return [
    '+observability_enabled=true',
    `+model_call_capture_dir=${workplace.captures}`,
    `+uv_venv_dir=${installation.servers}`,
    `+uv_cache_dir=${installation.packages}`,
    '+skip_venv_if_present=true',
  ]
}

/** A `gym` command under way; everything it says goes to a file. */
export class GymProcess {
  readonly #child: ChildProcess
  readonly logFile: string
  readonly ended: Promise<number | null>
  #output = ''
  #over = false
  #listeners = new Set<() => void>()

  constructor(name: string, args: readonly string[], options: GymOptions) {
    const { installation, workplace, root } = options
    mkdirSync(workplace.folder, { recursive: true })
    this.logFile = join(workplace.folder, `${name}.log`)
    const log = createWriteStream(this.logFile)
    this.#child = spawn(join(installation.bin, 'gym'), [...args, ...runSettings(options)], {
      cwd: workplace.folder,
      env: { ...installation.environment, NEMO_GYM_EXTRA_ROOTS: root },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        log.write(chunk)
        this.#output += chunk.toString()
        for (const listener of this.#listeners) listener()
      })
    }
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#over = true
        log.end()
        for (const listener of this.#listeners) listener()
        resolve(code)
      })
    })
  }

  get output(): string {
    return this.#output
  }

  /** Resolves when the output matches; rejects when the command ends or the time is over without it. */
  says(pattern: RegExp, seconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        this.#listeners.delete(look)
        clearTimeout(timer)
        act()
      }
      const fail = (why: string): void =>
        finish(() =>
          reject(new Error(`${why} ${pattern}; see ${this.logFile}:\n${this.#output.slice(-3000)}`)),
        )
      const timer = setTimeout(() => fail(`${seconds} s went by without`), seconds * 1000)
      const look = (): void => {
        if (pattern.test(this.#output)) finish(resolve)
        else if (this.#over) fail('the command ended without saying')
      }
      this.#listeners.add(look)
      look()
    })
  }

  /** Ends the command as Ctrl-C does; gives how many milliseconds that took. */
  async interrupt(): Promise<number> {
    const started = performance.now()
    if (!this.#over) this.#child.kill('SIGINT')
    await this.ended
    return performance.now() - started
  }

  kill(): void {
    if (!this.#over) this.#child.kill('SIGKILL')
  }
}
