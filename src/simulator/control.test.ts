import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../lib/clock.ts'
import type { Admitted, BillableRequest, FinishedRequest, Rejected, SettledRequest } from './plugs.ts'
import { startSimulator } from './testing/started-simulator.ts'
import type { JsonObject } from './model/json.ts'

test('the journal keeps what came and what was answered, without credentials', async (t) => {
  const { post, request, simulator } = await startSimulator(t)
  await post(
    '/responses',
    { model: 'gpt-test', input: 'hi', prompt_cache_key: 'k' },
    { 'x-client-request-id': 'mine' },
  )
  await post('/chat/completions', { model: 'gpt-test', messages: [] })
  await post('/responses', { model: 'fault-quota', input: 'hi' })
  const { requests } = (await request('GET', '/_simulator/requests')).json as { requests: JsonObject[] }
  assert.deepEqual(
    requests.map(({ status, error, fault }) => [status, error, fault]),
    [
      [200, null, null],
      [400, 'empty_array', null],
      [429, 'insufficient_quota', 'quota'],
    ],
  )
  const [first = {}] = requests
  assert.equal((first.body as JsonObject).prompt_cache_key, 'k')
  assert.equal((first.headers as JsonObject)['x-client-request-id'], 'mine')
  assert.equal((first.headers as JsonObject).authorization, 'Bearer …cdef')
  assert.ok(!JSON.stringify(requests).includes('0123456789'))
  const one = (await request('GET', '/_simulator/requests?model=fault-quota&limit=5')).json
  assert.equal((one.requests as unknown[]).length, 1)

  const status = (await request('GET', '/_simulator/status')).json
  assert.deepEqual(status.byStatus, { 200: 1, 400: 1, 429: 1 })
  assert.deepEqual([status.requests, status.active, status.invalid, status.faults], [3, 0, 1, 1])
  assert.deepEqual(await (await fetch(`${simulator.url}/_simulator/status`)).json(), status)

  await request('POST', '/_simulator/reset')
  assert.equal(simulator.control.requests.length, 0)
  assert.equal(simulator.control.status.requests, 0)
  assert.equal((await request('GET', '/_simulator/nothing')).status, 404)
})

test('the limiter is asked with the facts of the request, and its answer is sent as it is', async (t) => {
  const asked: unknown[] = []
  const finished: FinishedRequest[] = []
  const { post } = await startSimulator(t, {
    limiter: {
      admit(request): Admitted | Rejected {
        asked.push({ ...request, now: 0 })
        return request.model === 'gpt-4o'
          ? {
              allowed: false,
              status: 429,
              body: { error: { code: 'mine' } },
              headers: { 'retry-after': '7' },
            }
          : { allowed: true, headers: { 'x-ratelimit-remaining-requests': '9' }, serviceTier: 'default' }
      },
      finished: (request) => finished.push(request),
      routes: [
        { method: 'GET', path: '/_simulator/quota', handle: () => ({ status: 200, body: { left: 9 } }) },
      ],
    },
  })
  const body = {
    model: 'gpt-4.1',
    input: 'four words are here',
    max_output_tokens: 99,
    service_tier: 'priority',
  }
  const let_in = await post('/responses', body)
  assert.equal(let_in.headers.get('x-ratelimit-remaining-requests'), '9')
  assert.equal(let_in.json.service_tier, 'default')
  assert.deepEqual(asked[0], {
    organization: 'org-simulator',
    project: 'proj_simulator',
    model: 'gpt-4.1',
    maxOutput: 99,
    choices: 1,
    characters: 19,
    inputTokens: 7,
    serviceTier: 'priority',
    now: 0,
  })
  assert.equal(finished.length, 1)
  assert.equal(finished[0]?.outputTokens, (let_in.json.usage as JsonObject).output_tokens)
  const refused = await post('/responses', { ...body, model: 'gpt-4o' })
  assert.deepEqual(
    [refused.status, refused.headers.get('retry-after'), refused.text],
    [429, '7', '{"error":{"code":"mine"}}'],
  )
  assert.equal((await post('/responses', { model: 'gpt-4.1' })).status, 400)
  assert.equal(asked.length, 2, 'a wrong request never gets to the limiter')
  const { request } = await startSimulator(t)
  assert.equal((await request('GET', '/_simulator/quota')).status, 404)
})

test('late headers come with the end of the answer, and a latency factor slows it', async (t) => {
  const clock = new ManualClock()
  const { simulator, post } = await startSimulator(t, {
    clock,
    firstTokenMs: 100,
    limiter: {
      admit: () => ({ allowed: true, headers: { late: 'yes' }, lateHeaders: true, latencyFactor: 3 }),
    },
  })
  let answered = false
  const asked = post('/responses', { model: 'gpt-test', input: 'x', stream: true }).finally(() => {
    answered = true
  })
  await simulator.control.until((status) => status.waiting === 1)
  clock.advance(299)
  assert.equal(simulator.control.requests[0]?.status, null)
  assert.equal(answered, false)
  clock.advance(1)
  const { headers, text } = await asked
  assert.equal(headers.get('late'), 'yes')
  assert.match(text, /response\.completed/)
})

test('the biller sees the prompt in pieces and its split reaches the usage of both APIs', async (t) => {
  const billed: BillableRequest[] = []
  const settled: SettledRequest[] = []
  const { post, simulator } = await startSimulator(t, {
    biller: {
      price(request) {
        billed.push(request)
        return {
          cachedTokens: 5,
          cacheWriteTokens: 2,
          diagnostics: { type: 'cache_hit' },
          settle(end) {
            settled.push(end)
            return 1234
          },
        }
      },
    },
  })
  const breakpoint = { type: 'input_text', text: 'stable', prompt_cache_breakpoint: { mode: 'explicit' } }
  const answer = await post('/responses', {
    model: 'gpt-6-sol',
    instructions: 'Be kind.',
    input: [{ role: 'user', content: [breakpoint, { type: 'input_text', text: 'changing' }] }],
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }],
    tool_choice: 'none',
    prompt_cache_key: 'rollout',
    service_tier: 'fast',
  })
  const [request] = billed
  assert.deepEqual(
    request?.pieces.map(({ kind, role, breakpoint }) => [kind, role, breakpoint]),
    [
      ['tools', '', false],
      ['instructions', 'system', false],
      ['message', 'user', true],
      ['message', 'user', false],
    ],
  )
  assert.equal(
    request?.inputTokens,
    request?.pieces.reduce((sum, piece) => sum + piece.tokens, 0),
  )
  assert.deepEqual(
    [request?.promptCacheKey, request?.serviceTier, request?.servedModel],
    ['rollout', 'priority', 'gpt-6-sol'],
  )
  const usage = answer.json.usage as { input_tokens_details: JsonObject; output_tokens: number }
  assert.deepEqual(usage.input_tokens_details, { cache_write_tokens: 2, cached_tokens: 5 })
  assert.deepEqual(answer.json.prompt_cache_diagnostics, { type: 'cache_hit' })
  assert.equal(settled[0]?.outputTokens, usage.output_tokens)
  const chat = await post('/chat/completions', {
    model: 'gpt-4.1',
    messages: [{ role: 'user', content: 'x' }],
  })
  const details = (chat.json.usage as { prompt_tokens_details: JsonObject }).prompt_tokens_details
  assert.deepEqual([details.cached_tokens, details.cache_write_tokens], [5, 2])
  assert.deepEqual([settled.length, simulator.control.status.cost], [2, 2468])
})

test('a reset waits for nobody: what still runs ends in peace', async (t) => {
  const clock = new ManualClock()
  const { simulator, post } = await startSimulator(t, { clock, firstTokenMs: 50 })
  const asked = post('/responses', { model: 'gpt-test', input: 'x' })
  await simulator.control.until((status) => status.waiting === 1)
  simulator.control.reset()
  assert.deepEqual([simulator.control.status.active, simulator.control.status.waiting], [1, 1])
  clock.advance(50)
  assert.equal((await asked).status, 200)
  assert.equal(simulator.control.status.active, 0)
})
