import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../lib/clock.ts'
import { startSimulator } from '../testing/started-simulator.ts'
import { createBillingDesk } from './billing-desk.ts'

const start = Date.UTC(2026, 10, 22, 10)
const second = (minutes: number): number => start / 1000 + minutes * 60
const admin = { authorization: 'Bearer sk-admin-0123456789' }
const instructions = 'Take good care of everything that you are told here. '.repeat(140)

interface Page {
  readonly data: {
    start_time: number
    end_time: number
    results: Record<string, unknown>[]
  }[]
  readonly has_more: boolean
  readonly next_page: string | null
}

async function billed(context: Parameters<typeof startSimulator>[0]) {
  const clock = new ManualClock(start)
  const desk = createBillingDesk(clock)
  const started = await startSimulator(context, { clock, biller: desk.biller })
  const ask = (fields: object, headers = {}) =>
    started.post('/responses', { model: 'gpt-5.1', instructions, input: 'Hello.', ...fields }, headers)
  const report = async (path: string, headers: Record<string, string> = admin): Promise<Page> =>
    (await started.request('GET', `/organization/${path}`, undefined, headers)).json as unknown as Page
  return { ...started, clock, desk, ask, report }
}

test('answers say what was cached, and rows and totals what it cost', async (context) => {
  const { ask, desk, simulator } = await billed(context)
  const first = await ask({ prompt_cache_key: 'k' })
  const second = await ask({ prompt_cache_key: 'k' })
  const usage = (answer: typeof first) =>
    answer.json.usage as {
      input_tokens: number
      output_tokens: number
      input_tokens_details: { cached_tokens: number }
    }
  const { input_tokens: input, output_tokens: output, input_tokens_details: details } = usage(second)
  assert.equal(usage(first).input_tokens_details.cached_tokens, 0)
  assert.ok(details.cached_tokens >= 1024 && details.cached_tokens % 128 === 0)
  // $1.25, $0.125 and $10 a million: eighths of a micro-dollar.
  const exact =
    ((input - details.cached_tokens) * 1_250_000 + details.cached_tokens * 125_000 + output * 10_000_000) /
    1e6
  assert.equal(desk.rows[1]?.microDollars, Math.round(exact))
  assert.equal(desk.rows[1]?.id, second.json.id)
  assert.deepEqual(desk.totals, {
    requests: 2,
    unpriced: 0,
    inputTokens: input * 2,
    cachedTokens: details.cached_tokens,
    writtenTokens: 0,
    outputTokens: output * 2,
    microDollars: (desk.rows[0]?.microDollars ?? 0) + (desk.rows[1]?.microDollars ?? 0),
  })
  assert.equal(simulator.control.status.cost, desk.totals.microDollars)
  simulator.control.reset()
  assert.equal(desk.totals.requests, 0)
})

test('unknown models are counted and not priced; failures are not on the bill', async (context) => {
  const { ask, desk } = await billed(context)
  await ask({ model: 'gpt-test' })
  await ask({ model: 'fault-server-error' })
  await ask({ service_tier: 'scale' })
  assert.deepEqual([desk.totals.requests, desk.totals.unpriced, desk.totals.microDollars], [2, 2, 0])
})

test('usage by the minute, grouped and filtered', async (context) => {
  const { ask, clock, report } = await billed(context)
  await ask({})
  clock.advance(60_000)
  await ask({ service_tier: 'flex' })
  await ask({ model: 'gpt-5.6-terra' }, { 'openai-project': 'proj_b' })
  await ask({}, { 'openai-organization': 'org-other' })
  const window = `start_time=${second(0)}&end_time=${second(2)}&bucket_width=1m`
  const page = await report(`usage/completions?${window}&group_by[]=model&group_by[]=service_tier`)
  assert.deepEqual(
    page.data.map((bucket) => [
      bucket.start_time,
      bucket.end_time,
      bucket.results.map((result) => [result.model, result.service_tier, result.num_model_requests]),
    ]),
    [
      [second(0), second(1), [['gpt-5.1-2025-11-13', 'default', 1]]],
      [
        second(1),
        second(2),
        [
          ['gpt-5.1-2025-11-13', 'flex', 1],
          ['gpt-5.6-terra', 'default', 1],
        ],
      ],
    ],
  )
  const written = page.data[1]?.results[1]
  assert.equal(written?.input_cache_write_30m_tokens, written?.input_cache_write_tokens)
  assert.equal(
    Number(written?.input_uncached_tokens) + Number(written?.input_cache_write_tokens),
    written?.input_tokens,
  )
  assert.equal(written?.project_id, null)
  const one = await report(`usage/completions?${window}&project_ids[]=proj_b&group_by=project_id`)
  assert.deepEqual(
    one.data.flatMap(({ results }) => results.map((result) => [result.project_id, result.model])),
    [['proj_b', null]],
  )
})

test('reports come in pages', async (context) => {
  const { ask, clock, report } = await billed(context)
  await ask({})
  clock.advance(3 * 60_000)
  await ask({})
  const query = `usage/completions?start_time=${second(0)}&bucket_width=1m&limit=2`
  const first = await report(query)
  assert.deepEqual([first.data.length, first.has_more], [2, true])
  const rest = await report(`${query}&page=${first.next_page}`)
  assert.deepEqual(
    [rest.data.map(({ start_time }) => start_time), rest.has_more, rest.next_page],
    [[second(2), second(3)], false, null],
  )
  const requests = [...first.data, ...rest.data].map(({ results }) => results[0]?.num_model_requests ?? 0)
  assert.deepEqual(requests, [1, 0, 0, 1])
})

test('costs by the day are the bill', async (context) => {
  const { ask, clock, desk, report } = await billed(context)
  await ask({})
  clock.advance(86_400_000)
  await ask({ service_tier: 'priority' })
  const page = await report(`costs?start_time=${start / 1000}`)
  const amounts = page.data.map(({ results }) => (results[0] as { amount: { value: number } }).amount.value)
  assert.deepEqual(
    amounts.map((dollars) => Math.round(dollars * 1e6)),
    desk.rows.map((row) => row.microDollars),
  )
  assert.ok(amounts.every((dollars) => dollars > 0))
})

test('reports are for admin keys, and wrong queries are told', async (context) => {
  const { request } = await billed(context)
  const refused = await request('GET', '/organization/costs?start_time=1')
  assert.deepEqual([refused.status, (refused.json.error as { code: string }).code], [401, 'missing_scope'])
  for (const [query, param] of [
    ['', 'start_time'],
    ['?start_time=x', 'start_time'],
    ['?start_time=1&bucket_width=2d', 'bucket_width'],
    ['?start_time=1&bucket_width=1m&limit=1441', 'limit'],
    ['?start_time=1&group_by=colour', 'group_by'],
    ['?start_time=1&page=page_x', 'page'],
  ]) {
    const { status, json } = await request('GET', `/organization/usage/completions${query}`, undefined, admin)
    assert.deepEqual([status, (json.error as { param: string }).param], [400, param], query)
  }
})
