import { join } from 'node:path'
import { COLLECTOR_FLAGS } from '../../src/cli/collector-flags.ts'
import { freePort, startServer, type ServerProcess } from './server-process.ts'

/** Something that stands between a client and the upstream, to be measured. */
export interface Contender {
  readonly name: string
  /** Version, for the report. */
  readonly version: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Somebody else's: where it cannot serve a scenario, that is a result and not a mistake. */
  readonly peer?: boolean
  start(upstream: string): Promise<ServerProcess>
}

const root = join(import.meta.dirname, '..', '..')

export const floor: Contender = {
  name: 'floor',
  version: process.version,
  path: '/v1/responses',
  headers: { 'content-type': 'application/json' },
  start: (upstream) => startServer([process.execPath, join(root, 'bench', 'floor.ts'), upstream]),
}

/** The floor with the garbage collector set as Spotter sets its own: what of the difference is not Spotter's doing. */
export const floorAlike: Contender = {
  ...floor,
  name: 'floor, collector alike',
  start: (upstream) =>
    startServer([process.execPath, ...COLLECTOR_FLAGS, join(root, 'bench', 'floor.ts'), upstream]),
}

export interface SpotterOptions {
  /** What it keeps on disk goes here. */
  readonly folder: string
  /** Write every call down; on in a user's configuration, and measured apart from passing through. */
  readonly ledger: boolean
  /** Without what is on by default and does more than pass, account and pace: prompt caching, and help for Gym's agents. */
  readonly plain?: boolean
  readonly nodeOptions?: readonly string[]
}

const PLAIN = { 'savings.prompt_cache': 'off', 'agents.restore_megabytes': 0, 'agents.idle_answers': 0 }

/** Spotter as a user starts it: pacing, metrics and live view on, the ledger as said. */
export function spotter(version: string, options: SpotterOptions): Contender {
  const { folder, ledger, plain = false, nodeOptions = [] } = options
  const name = ledger ? 'spotter + ledger' : plain ? 'spotter, passing alone' : 'spotter'
  return {
    name,
    version,
    path: '/v1/responses',
    headers: { 'content-type': 'application/json' },
    async start(upstream) {
      const port = await freePort()
      const settings = {
        openai_base_url: `${upstream}/v1`,
        // An account of its own: servers of one account would share their limiter, and one would work for the other.
        openai_api_key: name.replace(/\W+/g, '-'),
        openai_model: 'gpt-4o-mini',
        host: '127.0.0.1',
        port,
        preflight: 'off',
        'ledger.enabled': ledger,
        ...(plain ? PLAIN : {}),
      }
      const prefix = '++policy_model.responses_api_models.openai_model'
      const overrides = Object.entries(settings).map(([key, value]) => `${prefix}.${key}=${value}`)
      const command = [process.execPath, ...nodeOptions, join(root, 'src', 'main.ts'), 'serve', ...overrides]
      return startServer(command, { folder, origin: `http://127.0.0.1:${port}` })
    },
  }
}

/** @param settings of bench/upstream.ts */
export function startUpstream(...settings: readonly number[]): Promise<ServerProcess> {
  return startServer([process.execPath, join(root, 'bench', 'upstream.ts'), ...settings.map(String)])
}

/** A host that only chats: bench/chat-upstream.ts. */
export function startChatUpstream(): Promise<ServerProcess> {
  return startServer([process.execPath, join(root, 'bench', 'chat-upstream.ts')])
}
