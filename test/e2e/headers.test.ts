import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from './http-call.ts'
import { impatient, startBehind } from './started.ts'

const ANSWER = '{"id":"resp_1","status":"completed","output":[]}'

test('nothing of the caller’s headers goes up but its request id', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => response.end(ANSWER))
  const headers = {
    authorization: 'Bearer the-callers-own',
    cookie: 'session=secret',
    connection: 'keep-alive, x-hop',
    'x-hop': '1',
    'keep-alive': 'timeout=5',
    te: 'trailers',
    'proxy-authorization': 'Basic eA==',
    'api-key': 'theirs',
    'x-api-key': 'theirs',
    'openai-organization': 'org-theirs',
    'x-forwarded-for': '10.0.0.1',
    'accept-encoding': 'gzip',
    'user-agent': 'agent/1',
    'x-stainless-retry-count': '0',
    'content-type': 'text/plain',
    'x-client-request-id': 'trace-42',
  }
  const body = '{"input":"hi","model":"x"}'
  await ask(`${stage.url}/v1/responses`, { headers, body })
  const seen = { ...upstream.requests[0]?.headers }
  assert.match(seen['user-agent'] ?? '', /^spotter\//)
  delete seen['user-agent']
  assert.deepEqual(seen, {
    host: new URL(upstream.url).host,
    connection: 'keep-alive',
    authorization: 'Bearer sk-test-0123456789abcdef',
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': String(body.length - 1 + 'gpt-test'.length),
    'x-client-request-id': 'trace-42',
  })
})

test('openai_default_headers go up, but never in the place of the key', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => response.end(ANSWER), {
    settings: {
      'openai_default_headers.OpenAI-Project': 'proj_1',
      'openai_default_headers.User-Agent': 'gym/2',
      'openai_default_headers.Authorization': 'Bearer other',
    },
  })
  await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  const seen = upstream.requests[0]?.headers
  assert.equal(seen?.['openai-project'], 'proj_1')
  assert.equal(seen['user-agent'], 'gym/2')
  assert.equal(seen.authorization, 'Bearer sk-test-0123456789abcdef')
})

test('every call has a client request id of its own where the caller names none', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => response.end(ANSWER))
  const given: Record<string, string>[] = [{}, {}, { 'x-client-request-id': 'not a good one' }]
  for (const headers of given) {
    await ask(`${stage.url}/v1/responses`, { headers, body: { input: 'hi' } })
  }
  const ids = upstream.requests.map(({ headers }) => String(headers['x-client-request-id']))
  assert.equal(new Set(ids).size, 3)
  for (const id of ids) assert.match(id, /^[\w-]{8,}$/)
})

test('the caller’s own request id stands in the log of a failure', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => response.writeHead(400).end('{}'))
  const headers = { 'x-client-request-id': 'trace-42' }
  await ask(`${stage.url}/v1/responses`, { headers, body: { input: 'hi' } })
  assert.equal(stage.log.filter((line) => line.includes('client_request_id=trace-42')).length, 1)
})

const upstreamHeaders = {
  'x-request-id': 'req_1',
  'openai-organization': 'org-1',
  'openai-processing-ms': '12',
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': '500',
  'x-ratelimit-remaining-requests': '499',
  'x-ratelimit-reset-requests': '120ms',
  'x-ratelimit-limit-project-tokens': '60000',
}

const kept = {
  'set-cookie': '__cf_bm=secret',
  server: 'cloudflare',
  'cf-ray': '1',
  'alt-svc': 'h3=":443"',
  'strict-transport-security': 'max-age=1',
  'keep-alive': 'timeout=5',
  'proxy-authenticate': 'Basic',
  'x-internal': 'yes',
  'access-control-allow-origin': '*',
}

const cases = [
  { what: 'a whole answer', stream: false, status: 200, type: 'application/json', body: ANSWER },
  {
    what: 'a stream',
    stream: true,
    status: 200,
    type: 'text/event-stream',
    body: 'data: {"type":"response.completed","response":{"status":"completed"}}\n\n',
  },
  {
    what: 'an error',
    stream: false,
    status: 400,
    type: 'application/json',
    body: '{"error":{"message":"no"}}',
  },
]

for (const { what, stream, status, type, body } of cases) {
  test(`of the upstream’s headers, ${what} shows those about the answer and the limits alone`, async (t) => {
    const { stage } = await startBehind(
      t,
      (_body, response) => {
        response.writeHead(status, { 'content-type': type, ...upstreamHeaders, ...kept })
        response.end(body)
      },
      { settings: { ...impatient } },
    )
    const answer = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi', stream } })
    assert.equal(answer.status, status)
    for (const [name, value] of Object.entries(upstreamHeaders))
      assert.equal(answer.headers[name], value, name)
    assert.equal(answer.headers['content-type'], type)
    for (const name of Object.keys(kept)) {
      if (name === 'set-cookie') assert.doesNotMatch(String(answer.headers[name]), /__cf_bm/)
      else if (name === 'keep-alive') assert.notEqual(answer.headers[name], kept[name])
      else assert.equal(answer.headers[name], undefined, name)
    }
  })
}
