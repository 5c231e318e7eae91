import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { databasePath } from '../../src/store/ledger-files.ts'
import { openLedger } from '../../src/store/open-ledger.ts'
import { Child, listening, serveArguments } from './child-server.ts'
import { ask } from './http-call.ts'
import { until } from './until.ts'

interface Started {
  readonly child: Child
  readonly url: string
}

/** A server of several processes in front of a simulator that takes its time. */
async function start(
  t: TestContext,
  settings: Readonly<Record<string, string | number | boolean>>,
  firstTokenMs = 20,
): Promise<Started> {
  const simulator = createSimulator({ anyModel: true, firstTokenMs })
  const baseUrl = await simulator.listen()
  t.after(() => simulator.close())
  const folder = mkdtempSync(join(tmpdir(), 'spotter-workers-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const child = new Child(t, {
    arguments: serveArguments({ baseUrl, settings: { preflight: 'off', ...settings } }),
    environment: { XDG_RUNTIME_DIR: folder },
  })
  return { child, url: await listening(child) }
}

interface Status {
  readonly server: { readonly worker: string }
  readonly sharing: {
    readonly role: string
    readonly self: { readonly pid: number }
    readonly host: { readonly pid: number }
    readonly peers: readonly { readonly pid: number }[]
  }
}

async function status(url: string): Promise<Status> {
  return (await ask(`${url}/status`)).json() as unknown as Status
}

/** Process ids of all workers, as they know of each other. */
async function workers(url: string): Promise<number[]> {
  const { self, host, peers } = (await status(url)).sharing
  return [...new Set([self.pid, host.pid, ...peers.map(({ pid }) => pid)])]
}

async function complete(url: string, count: number): Promise<void> {
  await until(`${count} workers share the limits`, async () => {
    const { sharing } = await status(url)
    return sharing.role === 'host' && sharing.peers.length === count - 1
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function portIsFree(url: string): Promise<void> {
  const server = createServer()
  server.listen(Number(new URL(url).port), '127.0.0.1')
  await once(server, 'listening')
  server.close()
}

/** Asks until told to stop; every turn on a connection of its own, so that all workers have something to do. */
async function keepAsking(
  url: string,
  agent: number,
  seen: { readonly answered: Set<string>; broken: number; stopped: boolean },
): Promise<void> {
  for (let turn = 0; !seen.stopped; turn += 1) {
    try {
      const { status: code, text } = await ask(`${url}/ng-rollout/task-${agent}/v1/responses`, {
        body: { input: `agent ${agent}, turn ${turn}`, max_output_tokens: 100 },
      })
      const id = /"id":\s*"(resp_[0-9a-f]+)"/.exec(text)?.[1]
      if (code === 200 && id) seen.answered.add(id)
      else throw new Error(text)
    } catch {
      seen.broken += 1
    }
  }
}

test('a worker that is killed under load takes its own calls with it and nothing else', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'spotter-workers-ledger-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const settings = { num_workers: 3, 'ledger.enabled': true, 'ledger.directory': directory }
  const { child, url } = await start(t, settings)
  assert.match(child.output, /with 3 processes/)
  await complete(url, 3)
  const seen = { answered: new Set<string>(), broken: 0, stopped: false }
  t.after(() => (seen.stopped = true))
  const agents = Array.from({ length: 12 }, (_, agent) => keepAsking(url, agent, seen))
  for (let kill = 1; kill <= 2; kill += 1) {
    const before = seen.answered.size
    await until('it has something to do', () => seen.answered.size > before + 40)
    const alive = await workers(url)
    process.kill(alive[kill % alive.length] ?? 0, 'SIGKILL')
    await until('that is said', () => child.output.split('has died (SIGKILL)').length === kill + 1)
    await complete(url, 3)
  }
  const before = seen.answered.size
  await until('all goes on', () => seen.answered.size > before + 40)
  seen.stopped = true
  await Promise.all(agents)
  assert.ok(seen.broken <= 24, `${seen.broken} calls broke: more than two workers had`)

  child.signal('SIGTERM')
  assert.equal(await child.ended(), 0)
  await portIsFree(url)
  openLedger(directory).close()
  const database = new DatabaseSync(databasePath(directory), { readOnly: true })
  const ids = database.prepare('SELECT response_id AS id FROM calls').all()
  const runs = database.prepare('SELECT COUNT(DISTINCT run) AS runs FROM calls').get()
  database.close()
  const written = ids.filter(({ id }) => id !== null).map(({ id }) => String(id))
  const inLedger = new Set(written)
  assert.equal(inLedger.size, written.length, 'a call stands in the ledger twice')
  assert.deepEqual(
    [...seen.answered].filter((id) => !inLedger.has(id)),
    [],
    'answered calls are missing',
  )
  assert.equal(Number(runs?.['runs']), 1, 'all workers write one run')
})

test('every worker says which it is, in status and metrics', async (t) => {
  const { url } = await start(t, { num_workers: 2 })
  const told = new Set<string>()
  await until('both have answered', async () => {
    told.add((await status(url)).server.worker)
    return told.size === 2
  })
  assert.deepEqual([...told].sort(), ['1 of 2', '2 of 2'])
  await ask(`${url}/v1/responses`, { body: { input: 'hi' } })
  assert.match((await ask(`${url}/metrics`)).text, /spotter_calls_in_flight\{worker="[12]"\}/)
})

test('max_concurrent_requests holds for all workers together', async (t) => {
  const { url } = await start(t, { num_workers: 2, max_concurrent_requests: 3 }, 150)
  await complete(url, 2)
  const calls = Array.from({ length: 12 }, () => ask(`${url}/v1/responses`, { body: { input: 'hi' } }))
  let most = 0
  const watch = { over: false }
  const watching = (async () => {
    while (!watch.over) {
      const { limiter } = (await ask(`${url}/status`)).json() as { limiter: { inFlight: number } }
      most = Math.max(most, limiter.inFlight)
    }
  })()
  const answers = await Promise.all(calls)
  watch.over = true
  await watching
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200])
  assert.ok(most <= 3, `${most} at a time`)
})

test('SIGINT answers the calls of all workers and frees the port in time', async (t) => {
  const { child, url } = await start(t, { num_workers: 3 }, 60_000)
  await complete(url, 3)
  const pids = await workers(url)
  const calls = Array.from({ length: 30 }, () => ask(`${url}/v1/responses`, { body: { input: 'hi' } }))
  await until('they are under way', async () => {
    const { limiter } = (await ask(`${url}/status`)).json() as {
      limiter: { inFlight: number; waiting: number }
    }
    return limiter.inFlight + limiter.waiting === 30
  })
  const started = performance.now()
  child.signal('SIGINT')
  const answers = await Promise.all(calls)
  assert.equal(await child.ended(), 0)
  const took = performance.now() - started
  await portIsFree(url)
  for (const { text } of answers) assert.match(text, /Spotter is shutting down/)
  assert.deepEqual(pids.filter(isAlive), [])
  t.diagnostic(`it took ${Math.round(took)} ms`)
})

test('a supervisor that is killed leaves no worker behind', async (t) => {
  const { child, url } = await start(t, { num_workers: 3 })
  await complete(url, 3)
  const pids = await workers(url)
  assert.equal(pids.length, 3)
  child.signal('SIGKILL')
  await child.ended()
  await until('all workers are gone', () => !pids.some(isAlive))
  await portIsFree(url)
})

test('a port that is taken ends it, in a sentence', async (t) => {
  const blocker = createServer()
  blocker.listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  t.after(() => blocker.close())
  const { port } = blocker.address() as { port: number }
  const child = new Child(t, {
    arguments: serveArguments({
      baseUrl: 'http://127.0.0.1:9/v1',
      settings: { num_workers: 2, port, preflight: 'off' },
    }),
  })
  assert.equal(await child.ended(), 1)
  assert.match(child.output, /cannot listen on 127\.0\.0\.1:\d+: another process has it/)
})
