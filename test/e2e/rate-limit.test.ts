import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { ask } from './http-call.ts'
import { impatient, startBehind, startStage } from './started.ts'

interface Refusal {
  readonly headers?: Readonly<Record<string, string>>
  readonly message?: string
}

function refuse(response: ServerResponse, { headers = {}, message = 'Rate limit reached.' }: Refusal): void {
  response.writeHead(429, { 'content-type': 'application/json', ...headers })
  response.end(
    JSON.stringify({ error: { message, type: 'requests', code: 'rate_limit_exceeded', param: null } }),
  )
}

/** Every way to ask for 100 s; a call that may wait 50 s hears at once how long it would have been. */
const waits: readonly (readonly [form: string, refusal: () => Refusal])[] = [
  ['retry-after-ms', () => ({ headers: { 'retry-after-ms': '100000' } })],
  ['retry-after in seconds', () => ({ headers: { 'retry-after': '100' } })],
  ['retry-after with a fraction', () => ({ headers: { 'retry-after': '99.5' } })],
  [
    'retry-after as a date',
    () => ({ headers: { 'retry-after': new Date(Date.now() + 100_000).toUTCString() } }),
  ],
  ['the message', () => ({ message: 'Rate limit reached. Please try again in 1m40s. Visit x.' })],
  ['the message, in milliseconds', () => ({ message: 'Please try again in 100000ms.' })],
  [
    'x-ratelimit-reset-requests',
    () => ({ headers: { 'x-ratelimit-reset-requests': '1m40s', 'x-ratelimit-remaining-requests': '0' } }),
  ],
  [
    'retry-after-ms before retry-after',
    () => ({ headers: { 'retry-after-ms': '100000', 'retry-after': '7' } }),
  ],
  [
    'a header before the message',
    () => ({ headers: { 'retry-after': '100' }, message: 'Please try again in 7s.' }),
  ],
]

for (const [form, refusal] of waits) {
  test(`a rate limit is waited for as long as it asks: ${form}`, async (t) => {
    const { stage, upstream } = await startBehind(t, (_body, response) => refuse(response, refusal()), {
      settings: { 'retry.rate_limit_patience_seconds': 50 },
    })
    const { status, json } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    const { error } = json() as { error: Record<string, unknown> }
    assert.deepEqual([status, error['category'], error['upstream_status']], [424, 'patience_exhausted', 429])
    assert.match(
      String(error['message']),
      /^The rate limit asks for (99|100) s, longer than this call may wait/,
    )
    assert.equal(upstream.requests.length, 1)
  })
}

test('with error_status openai the caller’s SDK is told when to come again', async (t) => {
  const settings = { 'retry.rate_limit_patience_seconds': 50, error_status: 'openai' }
  const { stage } = await startBehind(
    t,
    (_body, response) => refuse(response, { headers: { 'retry-after': '100' } }),
    {
      settings,
    },
  )
  const { status, headers } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.deepEqual([status, headers['retry-after'], headers['x-should-retry']], [429, '100', 'false'])
})

test('a wait ends when it is over, and a refusal is no attempt', async (t) => {
  const { simulator, url } = await startStage(t, { settings: { ...impatient } })
  simulator.control.fault('rate-limit-requests', { times: 4, wait: 60 })
  simulator.control.fault('server-error', { times: 2 })
  const { status } = await ask(`${url}/v1/responses`, { body: { input: 'hi' } })
  assert.equal(status, 200)
  const times = simulator.control.requests.map((request) => request.startedAt)
  assert.equal(times.length, 7)
  // A wait can be too long on a busy machine, but never too short.
  for (const index of [1, 2, 3, 4]) assert.ok((times[index] ?? 0) - (times[index - 1] ?? 0) >= 58)
})
