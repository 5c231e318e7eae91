import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compose, type SpotterServer } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/observe/log.ts'
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/simulator/options.ts'

const SERVER = 'policy_model.responses_api_models.openai_model'

export interface StageOptions {
  /** Settings of the server, by their path below it: `{ 'retry.max_attempts': 1 }`. */
  readonly settings?: Readonly<Record<string, string | number | boolean | null>>
  /** Gym's settings for the whole run: `{ observability_enabled: true }`. */
  readonly run?: Readonly<Record<string, string | number | boolean>>
  readonly simulator?: SimulatorOptions
  /** Base URL of another upstream than a simulator of our own. */
  readonly baseUrl?: string
  readonly model?: string
  /** Of the configuration and of the server, which looks for proxies there. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A Spotter server on a free port, with a simulator behind it unless another upstream is named. */
export interface Stage {
  readonly url: string
  readonly server: SpotterServer
  readonly simulator: Simulator
  /** Everything the server has logged. */
  readonly log: readonly string[]
  close(): Promise<void>
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const simulator = createSimulator({ anyModel: true, ...options.simulator })
  const baseUrl = options.baseUrl ?? (await simulator.listen())
  const settings = { 'ledger.enabled': false, ...options.settings }
  const loaded = loadConfig({
    files: [],
    overrides: [
      `++policy_base_url=${baseUrl}`,
      '++policy_api_key=sk-test-0123456789abcdef',
      `++policy_model_name=${options.model ?? 'gpt-test'}`,
      ...Object.entries(options.run ?? {}).map(([path, value]) => `++${path}=${value}`),
      ...Object.entries(settings).map(([path, value]) => `++${SERVER}.${path}=${value}`),
    ],
    environment: options.environment ?? {},
    cwd: '/',
  })
  if (!loaded.config) throw new Error(loaded.problems.map((problem) => problem.message).join('\n'))
  const log: string[] = []
  const output = { isTTY: false, write: (line: string) => log.push(line) } as unknown as NodeJS.WriteStream
  const server = compose(
    loaded.config,
    createLog({ name: 'policy_model', level: 'debug', format: 'pretty' }, output),
    options.environment ?? options.environment ?? {},
  )
  const http = server.frontDoor.server
  await new Promise<void>((resolve) => http.listen({ port: 0, host: '127.0.0.1', backlog: 8192 }, resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    server,
    simulator,
    log,
    async close() {
      await server.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await simulator.close()
    },
  }
}

export interface RawUpstream {
  /** Base URL with `/v1`. */
  readonly url: string
  readonly requests: {
    readonly path: string
    readonly body: Buffer
    readonly headers: IncomingMessage['headers']
  }[]
  close(): Promise<void>
}

/** An upstream that does exactly what a test says, for what no honest OpenAI would do. */
export async function openUpstream(
  answer: (body: Buffer, response: ServerResponse, request: IncomingMessage) => void,
): Promise<RawUpstream> {
  const requests: RawUpstream['requests'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      requests.push({ path: request.url ?? '', body, headers: request.headers })
      answer(body, response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
