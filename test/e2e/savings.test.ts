import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { createBillingDesk } from '../../src/simulator/billing/billing-desk.ts'
import { createQuotaTwin } from '../../src/simulator/limits/quota-twin.ts'
import { scenarioOf } from '../../src/simulator/scenarios/schema.ts'
import { ask } from './http-call.ts'
import { startBehind, startStage } from './started.ts'

const ANSWER = '{"id":"resp_1","object":"response","status":"completed","output":[]}'
const input = [
  { role: 'system', content: 'Look at every figure twice before you answer. '.repeat(180) },
  { role: 'user', content: 'Hello.' },
]

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body)
}

function fields(body: Buffer | undefined): Record<string, unknown> {
  return JSON.parse(body?.toString() ?? '{}') as Record<string, unknown>
}

test('the turns of a rollout share a cache key, and what is cached is paid less', async (t) => {
  const desk = createBillingDesk(systemClock)
  const stage = await startStage(t, {
    model: 'gpt-5.1',
    settings: { 'savings.prompt_cache': 'on' },
    simulator: { biller: desk.biller },
  })
  for (const rollout of ['task-0', 'task-0']) {
    const { status } = await ask(`${stage.url}/ng-rollout/${rollout}/v1/responses`, { body: { input } })
    assert.equal(status, 200)
  }
  await ask(`${stage.url}/v1/responses`, { body: { input, prompt_cache_key: 'mine' } })
  const keys = stage.simulator.control.requests.map(
    ({ body }) => (body as Record<string, unknown>).prompt_cache_key,
  )
  assert.match(String(keys[0]), /^policy_model-\w+-0$/)
  assert.deepEqual(keys.slice(1), [keys[0], 'mine'])
  const cached = desk.rows.map(({ cachedTokens }) => cachedTokens)
  assert.deepEqual([cached[0], cached[2]], [0, 0])
  assert.ok(cached[1]! >= 1024)
})

test('a host that refuses a field is asked again without it, and never sent it again', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (body, response) => {
      if (!('prompt_cache_key' in fields(body))) return json(response, 200, ANSWER)
      const message = 'body.prompt_cache_key: Extra inputs are not permitted'
      json(
        response,
        422,
        JSON.stringify({ detail: [{ type: 'extra_forbidden', loc: ['body'], msg: message }], message }),
      )
    },
    { settings: { 'savings.prompt_cache': 'on', 'retry.max_attempts': 1 } },
  )
  for (let call = 0; call < 2; call++) {
    const { status, text } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.deepEqual([status, text], [200, ANSWER])
  }
  const sent = upstream.requests.map(({ body }) => 'prompt_cache_key' in fields(body))
  assert.deepEqual(sent, [true, false, false])
})

const CHUNKS =
  'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null}\n\n' +
  'data: {"id":"c","choices":[{"index":0,"delta":{"content":"\\"usage\\" é"}}],"usage":null}\n\n' +
  'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}\n\n'
const USAGE =
  'data: {"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}\n\n'
const DONE = 'data: [DONE]\n\n'

for (const size of [1, 50, 10_000]) {
  test(`the usage of a chat stream is asked for and kept from who did not ask, in pieces of ${size}`, async (t) => {
    const { stage, upstream } = await startBehind(t, (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const bytes = Buffer.from(CHUNKS + USAGE + DONE)
      for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size))
      response.end()
    })
    const body = { messages: [{ role: 'user', content: 'hi' }], stream: true }
    const url = `${stage.url}/v1/chat/completions`
    assert.equal((await ask(url, { body })).text, CHUNKS + DONE)
    const asked = { ...body, stream_options: { include_usage: true } }
    assert.equal((await ask(url, { body: asked })).text, CHUNKS + USAGE + DONE)
    assert.deepEqual(
      upstream.requests.map(({ body: sent }) => fields(sent).stream_options),
      [{ include_usage: true }, { include_usage: true }],
    )
    const status = (await ask(`${stage.url}/status`)).json()
    assert.equal((status.live as { tokens: { input: number } }).tokens.input, 14)
  })
}

test('a host that does not know include_usage streams without it', async (t) => {
  const { stage, upstream } = await startBehind(t, (body, response) => {
    if ('stream_options' in fields(body)) return json(response, 400, '{"error":{"message":"bad request"}}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(CHUNKS + DONE)
  })
  const body = { messages: [{ role: 'user', content: 'hi' }], stream: true }
  for (let call = 0; call < 2; call++) {
    assert.equal((await ask(`${stage.url}/v1/chat/completions`, { body })).text, CHUNKS + DONE)
  }
  assert.equal(upstream.requests.length, 3)
})

test('a request that is wrong in itself is refused in the words of the host', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) =>
    json(response, 400, '{"error":{"message":"The messages are too strange.","param":"messages"}}'),
  )
  const body = { messages: [{ role: 'user', content: 'hi' }], stream: true }
  const answer = await ask(`${stage.url}/v1/chat/completions`, { body })
  assert.equal(answer.status, 400)
  assert.match(answer.text, /too strange/)
  assert.equal(upstream.requests.length, 2, 'once more without what Spotter had added')
})

test('flex is asked for by the server, and falls to default where it has no room', async (t) => {
  for (const room of [true, false]) {
    const clock = systemClock
    const desk = createBillingDesk(clock)
    const scenario = scenarioOf({ limits: { rpm: 1000 }, flex_unavailable: room ? [] : [{ from: 0 }] })
    const stage = await startStage(t, {
      model: 'gpt-5.1',
      settings: { 'savings.tier': 'flex' },
      simulator: { biller: desk.biller, limiter: createQuotaTwin(scenario, clock).limiter },
    })
    const { status, text } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(status, 200, text)
    assert.equal(desk.rows[0]?.serviceTier, room ? 'flex' : 'default')
    await ask(`${stage.url}/v1/responses`, { body: { input: 'hi', service_tier: 'priority' } })
    assert.equal(desk.rows[1]?.serviceTier, 'priority')
  }
})

test('without the fall to default, a call waits for flex', async (t) => {
  const scenario = scenarioOf({ flex_unavailable: [{ from: 0 }] })
  const stage = await startStage(t, {
    settings: {
      'savings.tier': 'flex',
      'savings.flex_fallback': false,
      'retry.rate_limit_patience_seconds': 0,
    },
    simulator: { limiter: createQuotaTwin(scenario, systemClock).limiter },
  })
  const { status, text } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.equal(status, 424, text)
  const tiers = stage.simulator.control.requests.map(
    ({ body }) => (body as Record<string, unknown>).service_tier,
  )
  assert.deepEqual(tiers, ['flex'])
})

test('/status says what would have been cheaper', async (t) => {
  const desk = createBillingDesk(systemClock)
  const stage = await startStage(t, {
    model: 'gpt-5.1',
    settings: { 'savings.prompt_cache': 'on' },
    simulator: { biller: desk.biller },
  })
  const url = `${stage.url}/ng-rollout/task-0/v1/responses`
  await ask(url, { body: { input } })
  for (let turn = 0; turn < 20; turn++) {
    const next = [...input, { role: 'assistant', content: 'Hm.' }, { role: 'user', content: `And ${turn}?` }]
    await ask(url, { body: { input: next, instructions: `It is ${turn} o'clock.` } })
  }
  const status = (await ask(`${stage.url}/status`)).json()
  const advice = status.advice as { kind: string; message: string; saves_usd: number }[]
  assert.deepEqual(advice.map(({ kind }) => kind).toSorted(), ['prefix', 'tier'])
  const prefix = advice.find(({ kind }) => kind === 'prefix')
  assert.match(prefix?.message ?? '', /^In 20 calls .*`instructions` changed between turns/)
  assert.ok(prefix!.saves_usd > 0.02)
})
