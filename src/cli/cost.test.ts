import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { Command } from 'commander'
import { exampleRow } from '../../test/support/example-row.ts'
import { ledgerDirectory } from '../../test/support/ledger.ts'
import { registerCost } from './cost.ts'
import { moment } from './moment.ts'

async function run(...parameters: string[]): Promise<string> {
  let text = ''
  const program = new Command('spotter').exitOverride().configureOutput({ writeErr: () => {} })
  registerCost(program, { write: (part: string) => (text += part) })
  await program.parseAsync(['cost', ...parameters], { from: 'user' })
  return text
}

const NOON = Date.UTC(2026, 10, 22, 12)
/** An hour before it and one after. */
const aroundNoon = ['--since', '2026-11-22T11:00:00Z', '--until', '2026-11-22T13:00:00Z']
const rows = [
  exampleRow({ rollout: 'r1', microDollars: 1_000_001, at: NOON - 86_400_000 }),
  exampleRow({
    rollout: 'r2',
    microDollars: 2_500_000,
    at: NOON,
    savedByTier: 1_250_000,
    tierServed: 'flex',
  }),
  exampleRow({ rollout: 'r2', microDollars: null, modelServed: 'mine', priceConfidence: null, at: NOON }),
  exampleRow({
    rollout: null,
    outcome: 'cancelled',
    usage: 'estimated',
    failedMicroDollars: 30_000,
    at: NOON,
  }),
]

test('cost prints sums to the micro-dollar, dearest first, and what the sums do not say', async () => {
  const directory = ledgerDirectory(rows)
  const text = await run('--by', 'rollout', '--directory', directory)
  const lines = text.split('\n')
  assert.match(
    String(lines[0]),
    /^rollout +calls +failed +input +cached +output +cache saved +tier saved +price unknown +cost$/,
  )
  assert.match(String(lines[1]), /^r2 +2 +0 +10,240 +80\.0 % +662 .* 1 +\$2\.500000$/)
  assert.match(String(lines[2]), /^r1 .* \$1\.000001$/)
  assert.match(String(lines[3]), /^\(no rollout\) +1 +1 /)
  assert.match(String(lines[5]), /^total +4 .* \$3\.502566$/)
  assert.match(text, /1 call went upstream at a price nobody knows and is not in the cost/)
  assert.match(text, /1 call is estimated/)
  assert.match(text, /Failed attempts may have cost \$0\.03 besides/)
  assert.match(text, /set aside 16,384 output tokens and used 8\.1 %/)
})

test('cost limits tables, and filters by time', async () => {
  const directory = ledgerDirectory(rows)
  assert.match(await run('--by', 'rollout', '--limit', '1', '--directory', directory), /\n… 2 more\n/)
  const since = await run('--by', 'day', '--since', '2026-11-22', '--directory', directory)
  assert.match(since, /\n2026-11-22 +3 /)
  assert.doesNotMatch(since, /2026-11-21/)
  assert.match(await run('--since', '2026-11-23', '--directory', directory), /^No calls/)
})

test('cost as CSV and JSON has everything', async () => {
  const directory = ledgerDirectory(rows)
  const csv = (await run('--by', 'tier', '--csv', '--directory', directory)).split('\n')
  assert.match(String(csv[0]), /^tier,calls,.*,cost_usd,/)
  assert.match(String(csv[1]), /^flex,1,.*,2\.500000,/)
  const json = JSON.parse(await run('--by', 'model', '--json', '--directory', directory)) as {
    groups: { key: string; unpriced: number }[]
    totals: { microDollars: number }
  }
  assert.equal(json.totals.microDollars, 3_502_566)
  assert.equal(json.groups.find((group) => group.key === 'mine')?.unpriced, 1)
})

test('cost --advice says what would have been cheaper, by the prices that the configuration names', async () => {
  const calls = { input: 100_000, cachedInput: 90_000, output: 1000, maxOutput: null, at: NOON }
  const directory = ledgerDirectory([
    ...Array.from({ length: 20 }, () => exampleRow({ ...calls, server: 'policy' })),
    // Nobody knows what it used, what it cost, or whether it was a call at all.
    exampleRow({ ...calls, usage: 'unknown', input: null, cachedInput: null, output: null }),
    exampleRow({ ...calls, lane: 'replay' }),
    ...Array.from({ length: 20 }, () => exampleRow({ ...calls, modelServed: 'mine', server: 'judge' })),
  ])
  // 20 × (10,000 × $0.75 + 90,000 × $0.075 + 1,000 × $4.50 a million) at the default tier, half of it at flex.
  const text = await run('--advice', '--directory', directory)
  assert.match(
    text,
    /^\$0\.19: 20 calls of gpt-5\.4-mini-2026-03-17 were served at the default tier; .*savings\.tier: flex/,
  )
  assert.doesNotMatch(text, /mine/, 'its price is unknown')

  const file = join(mkdtempSync(join(tmpdir(), 'spotter-advice-')), 'prices.yaml')
  const mine = 'mine: {input: 10, cached_input: 1, output: 10, flex: 0.5}'
  writeFileSync(file, `policy_model: {responses_api_models: {openai_model: {prices: {${mine}}}}}\n`)
  const priced = JSON.parse(await run('--advice', '--json', '-c', file, '--directory', directory)) as {
    advice: { kind: string; saves: number; message: string }[]
  }
  // 20 × (10,000 × $10 + 90,000 × $1 + 1,000 × $10 a million) / 2.
  assert.deepEqual(
    priced.advice.map(({ kind, saves }) => [kind, saves]),
    [
      ['tier', 2_000_000],
      ['tier', 187_500],
    ],
  )
  const mean = await run('--advice', '--server', 'judge', '--directory', directory)
  assert.match(mean, /^Nothing to advise/)
  assert.match(await run('--advice', '--since', '2026-11-23', '--directory', directory), /^No calls of known/)
  await assert.rejects(run('--advice', '--csv', '--directory', directory), /goes with neither/)
})

test('mistakes are sentences', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'spotter-none-'))
  await assert.rejects(run('--directory', empty), /there is no ledger in/)
  await assert.rejects(run('--by', 'colour'), /one of model, rollout/)
  await assert.rejects(
    run('--since', 'yesterday', '--directory', ledgerDirectory(rows)),
    /--since yesterday is not a time/,
  )
  assert.equal(moment('--since', '1.5h', 10_000_000), 4_600_000)
  assert.equal(moment('--since', '2026-11-22', 0), Date.UTC(2026, 10, 22))
})

/** OpenAI's usage and costs endpoints, as far as a test needs them: two pages of minutes, one day. */
async function usageServer(
  minutes: readonly Record<string, unknown>[],
  cost: number,
): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://server')
    asked.push(url.search)
    const send = (body: unknown, status = 200): void =>
      void response.writeHead(status).end(JSON.stringify(body))
    if (request.headers.authorization !== 'Bearer sk-admin-test') return send({ error: {} }, 401)
    const day = Date.UTC(2026, 10, 22) / 1000
    if (url.pathname === '/v1/organization/costs') {
      const amount = { value: cost, currency: 'usd' }
      return send({
        object: 'page',
        data: [{ object: 'bucket', start_time: day, results: [{ amount }] }],
        has_more: false,
      })
    }
    const page = Number(url.searchParams.get('page') ?? 0)
    const data = minutes
      .slice(page, page + 1)
      .map((result) => ({ start_time: NOON / 1000, results: [result] }))
    const more = page + 1 < minutes.length
    send({ object: 'page', data, has_more: more, next_page: more ? String(page + 1) : null })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1/`, asked, close: () => server.close().closeAllConnections() }
}

afterEach(() => {
  delete process.env['OPENAI_ADMIN_KEY']
  process.exitCode = undefined
})

test("reconcile lays the ledger beside OpenAI's books", async () => {
  process.env['OPENAI_ADMIN_KEY'] = 'sk-admin-test'
  const directory = ledgerDirectory([
    exampleRow({ at: NOON + 1000 }),
    exampleRow({ at: NOON + 2000, tierServed: 'flex', microDollars: 1000 }),
    exampleRow({ at: NOON + 3000, lane: 'replay' }),
    exampleRow({ at: NOON + 3000, usage: 'unknown', input: null, output: null }),
  ])
  const served = {
    model: 'gpt-5.4-mini-2026-03-17',
    num_model_requests: 1,
    input_tokens: 5120,
    input_cached_tokens: 4096,
    output_tokens: 331,
  }
  const server = await usageServer(
    [
      { ...served, service_tier: 'default' },
      { ...served, service_tier: 'flex' },
    ],
    0.003565,
  )
  const time = [...aroundNoon, '--directory', directory]
  const text = await run('reconcile', '--base-url', server.url, '--project', 'proj_1', ...time)
  assert.match(
    text,
    /gpt-5\.4-mini +default +ledger +1 +5,120 +4,096 +0 +331\n +OpenAI +1 +5,120 +4,096 +0 +331\n/,
  )
  assert.match(text, /2026-11-22 +\$0\.003565 +\$0\.003565 +100\.0 %/)
  assert.match(text, /agrees with OpenAI's usage \(0\.00 %/)
  assert.notEqual(process.exitCode, 1)
  const usageQuery = new URLSearchParams(server.asked.find((search) => search.includes('1m')))
  assert.deepEqual(usageQuery.getAll('group_by[]'), ['model', 'service_tier', 'batch'])
  assert.equal(usageQuery.get('start_time'), String(Date.UTC(2026, 10, 22, 11) / 1000))
  assert.deepEqual(usageQuery.getAll('project_ids[]'), ['proj_1'])
  server.close()
})

test('reconcile says where the books part, and fails', async () => {
  process.env['OPENAI_ADMIN_KEY'] = 'sk-admin-test'
  const directory = ledgerDirectory([exampleRow({ at: NOON + 1000 })])
  const server = await usageServer(
    [{ model: 'gpt-4o', num_model_requests: 3, input_tokens: 9000, output_tokens: 100, batch: true }],
    1,
  )
  const time = [...aroundNoon, '--directory', directory]
  const text = await run('reconcile', '--base-url', server.url, ...time)
  assert.match(text, /gpt-4o +batch +ledger +0 /)
  assert.match(text, /2026-11-22 12:00 {2}OpenAI has 3,649 tokens more/)
  assert.match(text, /someone else uses the project, or calls are missing here/)
  assert.equal(process.exitCode, 1)
  process.env['OPENAI_ADMIN_KEY'] = 'sk-wrong'
  await assert.rejects(run('reconcile', '--base-url', server.url, ...time), (error: Error) => {
    assert.match(error.message, /refuses the admin key \(401\)/)
    assert.doesNotMatch(error.message, /sk-wrong/)
    return true
  })
  server.close()
  delete process.env['OPENAI_ADMIN_KEY']
  await assert.rejects(run('reconcile', ...time), /set OPENAI_ADMIN_KEY/)
})
