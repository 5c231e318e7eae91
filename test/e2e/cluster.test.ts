import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { createQuotaTwin, type QuotaTwin } from '../../src/simulator/limits/quota-twin.ts'
import { scenarioOf, type ScenarioInput } from '../../src/simulator/scenarios/schema.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { Child, listening, serveArguments } from './child-server.ts'
import { ask } from './http-call.ts'
import { until } from './until.ts'

interface Server {
  readonly child: Child
  readonly url: string
}

interface Account {
  readonly servers: readonly Server[]
  readonly twin: QuotaTwin
}

/** Real server processes with one key in front of one account with limits. */
async function account(
  t: TestContext,
  count: number,
  scenario: ScenarioInput,
  settings: Readonly<Record<string, string | number | boolean>> = {},
): Promise<Account> {
  const twin = createQuotaTwin(scenarioOf(scenario), systemClock)
  const simulator = createSimulator({ anyModel: true, limiter: twin.limiter, firstTokenMs: 40 })
  const baseUrl = await simulator.listen()
  t.after(() => simulator.close())
  const runtime = mkdtempSync(join(tmpdir(), 'spotter-cluster-'))
  t.after(() => rmSync(runtime, { recursive: true, force: true }))
  const start = async (): Promise<Server> => {
    const child = new Child(t, {
      arguments: serveArguments({ baseUrl, settings: { preflight: 'off', ...settings } }),
      environment: { XDG_RUNTIME_DIR: runtime },
    })
    return { child, url: await listening(child) }
  }
  return { servers: await Promise.all(Array.from({ length: count }, start)), twin }
}

interface Sharing {
  readonly role: string
  readonly peers: readonly { readonly name: string; readonly pid: number }[]
}

async function sharing({ url }: Server): Promise<Sharing> {
  const status = (await ask(`${url}/status`)).json() as { sharing: Sharing }
  return status.sharing
}

async function roles(servers: readonly Server[]): Promise<string[]> {
  return (await Promise.all(servers.map(sharing))).map(({ role }) => role).sort()
}

async function call(server: Server, rollout: string): Promise<number> {
  const body = JSON.stringify({ input: 'hi', max_output_tokens: 50 })
  try {
    const answer = await fetch(`${server.url}/ng-rollout/${rollout}/v1/responses`, { method: 'POST', body })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 0
  }
}

/** Fifty a second, with nothing saved up. */
const limited: ScenarioInput = {
  minute_seconds: 6,
  limits: { rpm: 300, tpm: 10_000_000 },
  initial_use: 1,
  headers: { retry_after: 'fraction' },
}

test('three servers with one key, and the one that keeps the limits is killed: nothing is lost, next to nothing refused', async (t) => {
  const { servers, twin } = await account(t, 3, limited)
  await until('they have found each other', async () => (await roles(servers)).join() === 'guest,guest,host')
  let done = 0
  const storm = servers.map((server, which) =>
    Promise.all(
      Array.from({ length: 110 }, async (_, index) => {
        const status = await call(server, `rollout-${which}-${index % 17}`)
        done += 1
        return status
      }),
    ),
  )
  await until('a part of it is done', () => done > 100)
  const all = await Promise.all(servers.map(sharing))
  const host = all.findIndex(({ role }) => role === 'host')
  servers[host]?.child.signal('SIGKILL')
  const survivors = servers.filter((_, index) => index !== host)
  await until('another keeps them', async () => (await roles(survivors)).join() === 'guest,host')
  const statuses = await Promise.all(storm)
  const [domain] = twin.account().domains
  assert.ok(domain)
  for (const [index, of] of statuses.entries()) {
    if (index === host) continue
    assert.deepEqual([...new Set(of)], [200], `a call of server ${index} was lost`)
  }
  const { admitted, refused } = domain
  const share = refused.requests / (admitted.requests + refused.requests)
  assert.ok(share < 0.03, `${refused.requests} of ${admitted.requests} were refused`)
  const said = survivors.map(({ child }) => child.output).join('')
  assert.match(
    said,
    /is gone; this server keeps the shared limits now, with 1 other process and \d+ calls under way/,
  )
})

test('an account without quota is found out by one call for all servers', async (t) => {
  const scenario: ScenarioInput = {
    limits: { rpm: 100_000, tpm: 10_000_000 },
    quota_outages: [{ code: 'insufficient_quota' }],
  }
  const { servers, twin } = await account(t, 3, scenario, { 'pacing.on_quota': 'fail' })
  await until('they have found each other', async () => (await roles(servers)).join() === 'guest,guest,host')
  const [first, ...others] = servers
  assert.equal(await call(first as Server, 'a'), 402)
  await until('everybody knows', async () => {
    const states = await Promise.all(
      servers.map(async ({ url }) => {
        const { limiter } = (await ask(`${url}/status`)).json() as {
          limiter: { circuits: { quota: { state: string } } }
        }
        return limiter.circuits.quota.state
      }),
    )
    return states.every((state) => state === 'open')
  })
  assert.deepEqual(await Promise.all(others.map((server) => call(server, 'b'))), [402, 402])
  assert.equal(twin.account().domains[0]?.refused.requests, 1)
})

test('pacing.shared false keeps a server to itself', async (t) => {
  const { servers } = await account(t, 2, limited, { 'pacing.shared': false })
  assert.deepEqual(await roles(servers), ['off', 'off'])
})

test('servers with the same caps spend from one budget', async (t) => {
  const scenario: ScenarioInput = { limits: { rpm: 100_000, tpm: 10_000_000 } }
  const { servers } = await account(t, 2, scenario, { 'budget.run_calls': 10 })
  await until('they have found each other', async () => (await roles(servers)).join() === 'guest,host')
  const statuses = await Promise.all(
    Array.from({ length: 24 }, (_, index) => call(servers[index % 2] as Server, `rollout-${index}`)),
  )
  assert.equal(statuses.filter((status) => status === 200).length, 10)
  assert.equal(statuses.filter((status) => status === 402).length, 14, statuses.join(' '))
})
