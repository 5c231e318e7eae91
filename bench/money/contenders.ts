import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { compose } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import { openLedger } from '../../src/store/open-ledger.ts'
import type { LedgerSums } from '../../src/store/ledger-sums.ts'

/** Something that stands between the agents and OpenAI. */
export interface Contender {
  readonly url: string
  /** Stops it; what its ledger says, or null where it keeps none. */
  close(): Promise<LedgerSums | null>
}

export interface Upstream {
  /** With `/v1`. */
  readonly baseUrl: string
  readonly model: string
  readonly clock: Clock
}

const KEY = 'sk-bench-0123456789abcdef'

/**
 * What NeMo Gym's own model server does with a request, as far as the bill goes: the model is set, and everything else
 * goes through as it came. No cache key, no tier.
 */
export async function startReference({ baseUrl, model }: Upstream): Promise<Contender> {
  const connections = new Agent({ pipelining: 1 })
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
      const sent = request(`${baseUrl}${(incoming.url ?? '').replace(/^\/ng-rollout\/[^/]+\/v1/, '')}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
        body: JSON.stringify({ ...body, model }),
        dispatcher: connections,
        headersTimeout: 0,
        bodyTimeout: 0,
      })
      void passOn(sent, outgoing)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await connections.close()
      return null
    },
  }
}

async function passOn(sent: ReturnType<typeof request>, outgoing: ServerResponse): Promise<void> {
  const answer = await sent
  const text = await answer.body.text()
  outgoing.writeHead(answer.statusCode, { 'content-type': 'application/json' })
  outgoing.end(text)
}

/** Spotter as it is shipped, in this process and on the given clock, with these settings of its own. */
export async function startSpotter(
  { baseUrl, model, clock }: Upstream,
  settings: Readonly<Record<string, string>>,
): Promise<Contender> {
  const directory = await mkdtemp(join(tmpdir(), 'spotter-money-'))
  const own = { 'ledger.directory': directory, 'ledger.run': 'bench', ...settings }
  const loaded = loadConfig({
    files: [],
    overrides: [
      `++policy_base_url=${baseUrl}`,
      `++policy_api_key=${KEY}`,
      `++policy_model_name=${model}`,
      ...Object.entries(own).map(
        ([path, value]) => `++policy_model.responses_api_models.openai_model.${path}=${value}`,
      ),
    ],
    environment: {},
    cwd: '/',
  })
  if (!loaded.config) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const output = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream
  const log = createLog({ name: 'bench', level: 'warn', format: 'json' }, output)
  const server = compose(loaded.config, log, {}, clock)
  const http = server.frontDoor.server
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async close() {
      http.closeAllConnections()
      await server.close()
      await new Promise((resolve) => http.close(resolve))
      const queries = openLedger(directory)
      const totals = queries.totals()
      queries.close()
      await rm(directory, { recursive: true, force: true })
      return totals
    },
  }
}
