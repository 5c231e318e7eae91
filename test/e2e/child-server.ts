import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'node:test'
import { until } from './until.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const SERVER = 'policy_model.responses_api_models.openai_model'

export interface ChildOptions {
  readonly arguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A process of the command line tool; it is killed when the test is over. */
export class Child {
  readonly process: ChildProcess
  output = ''
  readonly #exit: Promise<number | string>

  constructor(context: TestContext, options: ChildOptions) {
    const { PATH = '' } = process.env
    // Half of the time to start is spent on reading the sources.
    const NODE_COMPILE_CACHE = join(tmpdir(), 'spotter-compile-cache')
    this.process = spawn(process.execPath, [MAIN, ...(options.arguments ?? [])], {
      env: { PATH, NODE_COMPILE_CACHE, ...options.environment },
      cwd: options.cwd ?? '/',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    }
    this.#exit = once(this.process, 'close').then(([code, signal]) => (code ?? signal) as number | string)
    context.after(async () => {
      this.process.kill('SIGKILL')
      await this.#exit
    })
  }

  /** The exit code, or the signal that ended the process. */
  ended(): Promise<number | string> {
    return this.#exit
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name)
  }

  async says(text: string | RegExp): Promise<void> {
    await until(`the server says ${String(text)}; it said: ${this.output}`, () => {
      return typeof text === 'string' ? this.output.includes(text) : text.test(this.output)
    })
  }
}

export interface ServerOptions {
  readonly baseUrl: string
  /** Settings of the server, by their path below it. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
}

/** The arguments of `spotter serve` in front of an upstream, on a free port unless the settings name one. */
export function serveArguments({ baseUrl, settings }: ServerOptions): string[] {
  const all = { port: 0, 'ledger.enabled': false, ...settings }
  return [
    'serve',
    `++policy_base_url=${baseUrl}`,
    '++policy_api_key=sk-test-0123456789abcdef',
    '++policy_model_name=gpt-test',
    ...Object.entries(all).map(([path, value]) => `++${SERVER}.${path}=${value}`),
  ]
}

/** A server in a process of its own, once it listens. */
export async function startServer(
  context: TestContext,
  options: ServerOptions,
): Promise<{ child: Child; url: string }> {
  const child = new Child(context, { arguments: serveArguments(options) })
  return { child, url: await listening(child) }
}

/** The address that the server tells when it listens. */
export async function listening(child: Child): Promise<string> {
  const address = /\bon (http:\/\/\S+)/
  let over = false
  void child.ended().then(() => (over = true))
  await until('the server listens', () => over || address.test(child.output))
  const url = address.exec(child.output)?.[1]
  if (url === undefined) throw new Error(`the server did not start: ${child.output}`)
  return url
}
