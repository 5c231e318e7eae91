import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../lib/clock.ts'
import type { Accounting } from './limits/accounting/accounting.ts'
import { createQuotaTwin } from './limits/quota-twin.ts'
import { scenarioOf } from './scenarios/schema.ts'
import { createSimulator } from './simulator.ts'

test('the quota twin polices a real simulator, and its account is served beside it', async () => {
  // A minute that lasts an hour keeps the bucket as good as still.
  const scenario = scenarioOf({ name: 'still', minute_seconds: 3600, limits: { rpm: 10, tpm: 1000 } })
  const simulator = createSimulator({ limiter: createQuotaTwin(scenario, systemClock).limiter })
  const url = await simulator.listen()
  const headers = { authorization: 'Bearer sk-simulated-0123456789', 'content-type': 'application/json' }
  const ask = (max_output_tokens: number): Promise<Response> =>
    fetch(`${url}/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'gpt-5.4-mini', input: 'Hello.', max_output_tokens }),
    })
  try {
    const first = await ask(900)
    assert.equal(first.status, 200)
    assert.equal(first.headers.get('x-ratelimit-limit-tokens'), '1000')
    assert.equal(first.headers.get('x-ratelimit-remaining-requests'), '9')
    await first.arrayBuffer()

    const second = await ask(200)
    assert.equal(second.status, 429)
    assert.ok(Number(second.headers.get('retry-after')) > 300)
    const { error } = (await second.json()) as { error: { message: string; type: string; code: string } }
    assert.match(error.message, /Limit 1000, Used (900|8\d\d), Requested 200\. Please try again in \dm/)
    assert.deepEqual([error.type, error.code], ['tokens', 'rate_limit_exceeded'])

    const account = (await (await fetch(`${url}/_simulator/quota`, { headers })).json()) as Accounting
    assert.deepEqual([account.scenario, account.inFlight], ['still', 0])
    assert.deepEqual(account.domains[0]!.admitted, { requests: 1, tokens: 900 })
    assert.deepEqual(account.domains[0]!.refusals, { tpm: 1 })
  } finally {
    await simulator.close()
  }
})
