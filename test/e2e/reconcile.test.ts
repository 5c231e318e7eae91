import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { standardPrices } from '../../src/policy/price/price-table.ts'
import { reconcile } from '../../src/policy/hindsight/reconciliation.ts'
import { createBillingDesk } from '../../src/simulator/billing/billing-desk.ts'
import { openLedger } from '../../src/store/open-ledger.ts'
import { fetchCosts, fetchUsage } from '../../src/upstream/organization-usage.ts'
import { ask } from './http-call.ts'
import { openStage } from './stage.ts'

const MINUTE_MS = 60_000

test('the ledger agrees with the books of the simulated OpenAI, call by call, minute by minute and in all', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'spotter-reconcile-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const desk = createBillingDesk(systemClock)
  const since = Math.floor(systemClock.wall() / MINUTE_MS) * MINUTE_MS
  const stage = await openStage({
    model: 'gpt-5.6-terra',
    settings: {
      'ledger.enabled': true,
      'ledger.directory': directory,
      'savings.prompt_cache': 'on',
      'retry.base_delay_seconds': 0.001,
    },
    simulator: { biller: desk.biller },
  })
  t.after(() => stage.close())
  const baseUrl = stage.simulator.url
  try {
    const input = [{ role: 'system', content: 'Look at every figure twice. '.repeat(300) }]
    for (let turn = 0; turn < 3; turn++) {
      input.push({ role: 'user', content: `Question ${turn}?` })
      for (const service_tier of ['default', 'flex', 'priority']) {
        const url = `${stage.url}/ng-rollout/task-${service_tier}/v1`
        const whole = await ask(`${url}/responses`, { body: { input, service_tier, stream: turn === 2 } })
        assert.equal(whole.status, 200)
      }
    }
    const messages = [{ role: 'user', content: 'Hello.' }]
    const chat = await ask(`${stage.url}/v1/chat/completions`, { body: { messages, stream: true } })
    assert.equal(chat.status, 200)
    stage.simulator.control.fault('server-error')
    assert.equal((await ask(`${stage.url}/v1/responses`, { body: { input } })).status, 200)
  } finally {
    await stage.server.close()
  }

  const ledger = openLedger(directory)
  t.after(() => ledger.close())
  const { calls, microDollars, input, cachedInput, cacheWrite, output } = ledger.totals()
  assert.deepEqual(
    { calls, microDollars, input, cachedInput, cacheWrite, output },
    {
      calls: 11,
      microDollars: desk.totals.microDollars,
      input: desk.totals.inputTokens,
      cachedInput: desk.totals.cachedTokens,
      cacheWrite: desk.totals.writtenTokens,
      output: desk.totals.outputTokens,
    },
  )
  assert.ok(cachedInput > 0 && cacheWrite > 0)

  const until = Math.ceil((systemClock.wall() + 1) / MINUTE_MS) * MINUTE_MS
  const query = { baseUrl, adminKey: 'sk-admin-0123456789', since, until, projects: [] }
  const usage = await fetchUsage(query)
  const books = reconcile(
    ledger.billedPerMinute({ since, until }),
    usage,
    (name) => standardPrices.find(name)?.id ?? name,
  )
  assert.equal(books.differingTokens, 0)
  assert.deepEqual(
    books.models.map(({ tier, ledger: ours, openai }) => [tier, ours, openai]),
    books.models.map(({ tier, ledger: ours }) => [tier, ours, ours]),
  )
  assert.deepEqual(books.models.map(({ tier }) => tier).toSorted(), ['default', 'flex', 'priority'])
  const costs = await fetchCosts(query)
  assert.equal(
    costs.reduce((sum, day) => sum + day.microDollars, 0),
    microDollars,
  )
})
