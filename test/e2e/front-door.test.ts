import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { ask, HttpCall } from './http-call.ts'
import { impatient, startBehind, startStage } from './started.ts'
import { until } from './until.ts'

const ANSWER = '{"id":"resp_1","status":"completed","output":[]}'
const OK = 200

/** Prefixes and addresses as NeMo Gym's own server answers them. */
const addresses: readonly (readonly [method: string, path: string, status: number])[] = [
  ['POST', '/ng-rollout/a%20b/v1/responses', OK],
  ['POST', '/ng-rollout/a..b/v1/responses', OK],
  ['POST', '/ng-rollout/..x/v1/responses', OK],
  ['POST', '/ng-rollout//v1/responses', 404],
  ['POST', '/ng-rollout/a%2Fb/v1/responses', 404],
  ['POST', '/ng-rollout/%C3%A9/v1/responses', OK],
  ['POST', '/ng-rollout/%E9/v1/responses', OK],
  ['POST', '/ng-rollout/x/training-token-capture/v1/responses', OK],
  ['POST', '/ng-rollout/x/training-token-capture', 404],
  ['POST', '/ng-rollout/x/ng-rollout/y/v1/responses', 404],
  ['POST', '/ng-rollout/x/', 405],
  ['POST', '/ng-rollout/x', 404],
  ['POST', '/ng-rollout/q1/v1/responses?foo=1', OK],
  ['GET', '/ng-rollout/x/', OK],
  ['GET', '/', OK],
  ['GET', '/?a=b', OK],
  ['HEAD', '/', 405],
  ['POST', '/', 405],
  ['POST', '/v1/responses/', OK],
  ['POST', '/v1/responses?api-version=1', OK],
  ['POST', '/v1/chat/completions/?x=%zz', OK],
  ['GET', '/v1/responses', 405],
  ['PUT', '/v1/responses', 405],
  ['DELETE', '/v1/chat/completions', 405],
  ['POST', '/v1/models', 405],
  ['GET', '/v1/models/', OK],
  ['GET', '/v1/models/gpt-test', OK],
  ['GET', '/v1/models/gpt%2Dtest', OK],
  ['GET', '/v1/models/other', 404],
  ['GET', '/v1/models/%zz', 404],
  ['POST', '/v1/embeddings', 404],
  ['POST', '/v1', 404],
  ['POST', '/responses', 404],
  ['POST', '/constructor', 404],
  ['GET', '/v1/responses/resp_1/unknown', 404],
]

test('every address has its answer', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => response.end(ANSWER))
  for (const [method, path, status] of addresses) {
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: '{"input":"hi","messages":[]}' }
    const answer = await ask(stage.url + path, { method, ...body })
    assert.equal(answer.status, status, `${method} ${path}`)
    if (status === 404 && !path.startsWith('/v1/models')) {
      assert.equal(answer.json()['detail'], 'Not Found')
    }
    if (status === 405 && method !== 'HEAD') {
      assert.deepEqual(answer.json(), { detail: 'Method Not Allowed' })
      assert.match(answer.headers.allow ?? '', /^(GET|POST)$/)
    }
  }
  assert.deepEqual((await ask(stage.url)).json(), { status: 'ok' })
})

test('a rollout id and its capture segment are remembered and not sent on', async (t) => {
  const { stage, upstream } = await startBehind(t, () => undefined)
  const path = '/ng-rollout/task-7%20-a1/training-token-capture/v1/responses'
  const call = new HttpCall(stage.url + path, { body: { input: 'hi' } })
  await until('the call is sent on', () => upstream.requests.length === 1)
  const [open] = stage.server.frontDoor.active
  assert.equal(open?.arrival.rollout, 'task-7 -a1')
  assert.equal(open.arrival.rolloutIsFileName, false)
  assert.equal(open.arrival.trainingCapture, true)
  assert.equal(open.arrival.fairnessKey, 'task-7 -a1')
  assert.equal(upstream.requests[0]?.path, '/v1/responses')
  call.leave()
})

test('the type of the content does not matter where the body is JSON', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => response.end(ANSWER))
  const types = [
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'x',
  ]
  for (const type of types) {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
    const { status } = await ask(`${stage.url}/v1/responses`, { headers, body: '{"input":"hi"}' })
    assert.equal(status, OK, type)
  }
})

interface Refusal {
  readonly detail: { type: string; loc: (string | number)[]; msg: string; input: unknown; ctx?: unknown }[]
  readonly error: { message: string; type: string; param: string | null; code: string }
}

const refusals: readonly (readonly [path: string, body: string, type: string, loc: (string | number)[]])[] = [
  ['/v1/responses', '{"input":', 'json_invalid', ['body', 9]],
  ['/v1/responses', '{"input":"hi"} x', 'json_invalid', ['body', 15]],
  ['/v1/responses', '', 'missing', ['body']],
  ['/v1/responses', 'null', 'missing', ['body']],
  ['/v1/responses', '[1]', 'dict_type', ['body']],
  ['/v1/responses', '"hi"', 'dict_type', ['body']],
  ['/v1/responses', '{}', 'missing', ['body', 'input']],
  ['/v1/responses', '{"input":5}', 'string_type', ['body', 'input', 'str']],
  ['/v1/responses', '{"input":"hi","temperature":"hot"}', 'float_parsing', ['body', 'temperature']],
  ['/v1/responses', '{"input":"hi","stream":"perhaps"}', 'bool_parsing', ['body', 'stream']],
  [
    '/v1/responses',
    '{"input":"hi","max_output_tokens":1.5}',
    'int_from_float',
    ['body', 'max_output_tokens'],
  ],
  ['/v1/responses', '{"input":"hi","tools":{}}', 'list_type', ['body', 'tools']],
  ['/v1/chat/completions', '{}', 'missing', ['body', 'messages']],
  ['/v1/chat/completions', '{"messages":"hi"}', 'list_type', ['body', 'messages']],
]

test('a request that cannot be meant is refused in both tongues and never sent on', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => response.end(ANSWER))
  for (const [path, body, type, loc] of refusals) {
    const answer = await ask(stage.url + path, { method: 'POST', body })
    assert.equal(answer.status, 422, body)
    const { detail, error } = answer.json() as unknown as Refusal
    assert.deepEqual([detail[0]?.type, detail[0]?.loc], [type, loc], body)
    assert.equal(error.type, 'invalid_request_error')
    assert.match(error.message, /^The request was refused and not sent on: .+\.$/)
    assert.match(answer.reason, /^The request was refused and not sent on: /)
    assert.equal(answer.headers['x-should-retry'], 'false')
    assert.equal(answer.headers['content-type'], 'application/json')
  }
  assert.equal(upstream.requests.length, 0)
  assert.equal(stage.log.length > 0, true, 'refusals are logged')
})

test('a session goes from answer to answer in Gym’s cookie', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => response.end(ANSWER))
  const url = `${stage.url}/v1/responses`
  const cookieOf = async (cookie?: string, path = url, body: unknown = { input: 'hi' }): Promise<string> => {
    const headers: Record<string, string> = cookie === undefined ? {} : { cookie }
    const answer = await ask(path, { headers, ...(body === null ? {} : { body }) })
    assert.equal(answer.headers.vary, 'Cookie')
    const [set = ''] = answer.headers['set-cookie'] ?? []
    const attributes = '; path=/; Max-Age=1209600; httponly; samesite=lax'
    assert.ok(set.endsWith(attributes), set)
    return set.slice(0, -attributes.length)
  }
  const first = await cookieOf()
  const [name, value = ''] = first.split(/=(.*)/)
  assert.equal(name, 'SimpleModelServer___policy_model')
  assert.match(value, /^[0-9a-f]{8}-[0-9a-f-]{27}\.[0-9a-z]+$/, 'a random id and a checksum')

  assert.equal(await cookieOf(`other=1; ${first}; more=2`), first)
  assert.equal(await cookieOf(first, `${stage.url}/`, null), first, 'on GET /')
  assert.equal(await cookieOf(first, url, {}), first, 'on a 422')
  assert.equal(await cookieOf(first, `${stage.url}/nowhere`), first, 'on a 404')
  assert.notEqual(await cookieOf(), first)
  assert.notEqual(await cookieOf(`${name}=garbage`), first)
  assert.notEqual(await cookieOf(`${first}x`), first, 'a broken signature')
})

test('a failure keeps the session too', async (t) => {
  const stage = await startStage(t, { settings: { ...impatient } })
  stage.simulator.control.fault('server-error', { times: 3 })
  const { status, headers } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.equal(status, 424)
  assert.match(String(headers['set-cookie']), /^SimpleModelServer___policy_model=/)
})

test('a WebSocket is refused at once', async (t) => {
  const stage = await startStage(t)
  const headers = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  const { status, headers: answered, text } = await ask(`${stage.url}/v1/responses`, { headers })
  assert.equal(status, 426)
  assert.equal(answered['upgrade'], 'HTTP/1.1')
  assert.match(text, /"code":"websocket_not_supported"/)
})

test('an offer of HTTP/2 does not keep a request from its answer', async (t) => {
  const stage = await startStage(t)
  const headers = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQAAP__',
  }
  const { status } = await ask(`${stage.url}/v1/responses`, { headers, body: { input: 'hi' } })
  assert.equal(status, 200)
})

test('clients that hang up on a stream without events hear events from a silent one', async (t) => {
  const settings = { 'server.header_wait_seconds': 0.05, 'server.comment_interval_seconds': 0.05 }
  const { stage } = await startBehind(t, () => {}, { settings })
  const codex = { 'user-agent': 'codex_exec/0.169.0 (Debian 12.0.0; x86_64)' }
  const sdk = { 'user-agent': 'OpenAI/JS 7.57.0' }
  const openClaw = { ...sdk, traceparent: '00-1-1-01', 'x-stainless-timeout': '120' }
  const event = 'event: keepalive\ndata: {"type":"keepalive"}\n\n'
  const chunk =
    'data: {"id":"chatcmpl-keepalive","object":"chat.completion.chunk","created":0,"model":"","choices":[]}\n\n'
  const message = { role: 'user', content: 'hi' }
  for (const [path, headers, heartbeat] of [
    ['/v1/responses', codex, event],
    ['/v1/responses', openClaw, event],
    ['/v1/chat/completions', openClaw, chunk],
    ['/v1/responses', sdk, ': keep-alive\n\n'],
    ['/v1/chat/completions', sdk, ': keep-alive\n\n'],
  ] as const) {
    const body = { input: [message], messages: [message], stream: true }
    const call = new HttpCall(`${stage.url}${path}`, { body, headers })
    await call.receives(heartbeat.repeat(2))
    assert.ok(call.text.startsWith(heartbeat))
    call.leave()
  }
})

test('Codex gets a list of models that it can read', async (t) => {
  const stage = await startStage(t)
  const asked = await ask(`${stage.url}/v1/models?client_version=0.169.0`)
  assert.deepEqual(asked.json()['models'], [])
  assert.equal('models' in (await ask(`${stage.url}/v1/models`)).json(), false)
})

test('callers that break off in any part of their request do no harm', async (t) => {
  const stage = await startStage(t)
  const { server } = stage.server.frontDoor
  const post = 'POST /v1/responses HTTP/1.1\r\nhost: x\r\n'
  const beginnings = [
    'GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    'GET / HT',
    'nonsense\r\n\r\n',
    `${post}content-length: 100\r\n\r\n{"input"`,
    `${post}content-length: 14\r\n\r\n{"input":"hi"}`,
    `${post}transfer-encoding: chunked\r\n\r\nzz\r\n`,
  ]
  for (const beginning of beginnings) {
    const taken = once(server, 'connection') as Promise<[Socket]>
    const caller = connect(Number(new URL(stage.url).port), '127.0.0.1')
    caller.on('error', () => {})
    const [connection] = await taken
    const gone = new Promise((resolve) => connection.once('close', resolve))
    caller.write(beginning, () => caller.resetAndDestroy())
    await gone
  }
  assert.equal((await ask(stage.url)).status, 200)
})

/** A client's base URL with a `/v1` too many or too few. */
const mistaken: readonly (readonly [path: string, advice: RegExp])[] = [
  ['/v1/v1/messages?beta=true', /^Spotter has no POST \/v1\/v1\/messages: the client adds \/v1 by itself/u],
  ['/ng-rollout/7-1/v1/v1/messages', /has no POST \/v1\/v1\/messages: .*must not end in it/u],
  ['/v1/v1/chat/completions', /must not end in it/u],
  ['/responses', /^Spotter has no POST \/responses: the client's base URL must end in \/v1\.$/u],
  ['/ng-rollout/7-1/messages', /must end in \/v1\.$/u],
  ['/ng-rollout/x', /behind \/ng-rollout\/ come one id/u],
  ['/v1/embeddings', /it serves \/v1\/responses, /u],
  [`/${'x'.repeat(5000)}`, /^.{0,250}$/u],
]

test('an address that is not there is told in the terms of every client', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => response.end(ANSWER))
  for (const [path, advice] of mistaken) {
    const answer = await ask(stage.url + path, { body: '{}' })
    const { type, error } = answer.json() as { type: string; error: Record<string, unknown> }
    assert.deepEqual([answer.status, type, error['code']], [404, 'error', 'unknown_url'])
    assert.match(String(error['message']), advice)
  }
})

test('a compressed body is the same request, in every dialect', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER)
  })
  const messages = [{ role: 'user', content: 'hi' }]
  for (const [path, body] of [
    ['/v1/responses', { input: 'hi' }],
    ['/v1/chat/completions', { messages }],
    ['/v1/messages', { messages, max_tokens: 99 }],
    ['/v1/messages/count_tokens', { messages }],
  ] as const) {
    const send = (bytes: Buffer, encoding: string) =>
      ask(stage.url + path, { body: bytes, headers: { 'content-encoding': encoding } })
    const json = JSON.stringify(body)
    assert.equal((await send(zstdCompressSync(json), 'zstd')).status, 200, path)
    const sent = upstream.requests.at(-1)
    assert.equal((await send(gzipSync(json), 'gzip')).status, 200, path)
    assert.deepEqual(upstream.requests.at(-1)?.body, sent?.body)
    assert.equal(upstream.requests.at(-1)?.headers['content-encoding'], undefined)
    const refused = await send(Buffer.from(json), 'gzip')
    assert.ok([400, 415, 422].includes(refused.status), path)
    assert.match(refused.text, /body is not in gzip, as its Content-Encoding says/u)
  }
  assert.equal(upstream.requests.length, 6)
})
