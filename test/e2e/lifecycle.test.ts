import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Child, listening, serveArguments, startServer } from './child-server.ts'
import { ask, HttpCall } from './http-call.ts'
import { openUpstream, type RawUpstream } from './stage.ts'
import { until } from './until.ts'

const ANSWER = '{"id":"resp_1","status":"completed"}'
const DELTA = 'event: response.output_text.delta\ndata: {"sequence_number":1,"delta":"x"}\n\n'

interface Held extends RawUpstream {
  readonly open: ServerResponse[]
}

/** An upstream that lists its model, begins streams, and otherwise leaves its answers to the test. */
async function startUpstream(context: TestContext): Promise<Held> {
  const open: ServerResponse[] = []
  const upstream = await openUpstream((body, response, { method }) => {
    if (method === 'GET') return response.end('{"data":[{"id":"gpt-test"},{"id":"judge-1"}]}')
    open.push(response)
    if (body.includes('"begin"'))
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(DELTA)
  })
  context.after(() => upstream.close())
  return { ...upstream, open }
}

async function portIsFree(url: string): Promise<void> {
  const server = createServer()
  server.listen(Number(new URL(url).port), '127.0.0.1')
  await once(server, 'listening')
  server.close()
}

test('SIGINT answers every open call, and ends', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, {
    baseUrl: upstream.url,
    settings: { max_concurrent_requests: 3, 'server.header_wait_seconds': 0.05 },
  })
  const call = (body: unknown): HttpCall => new HttpCall(`${url}/v1/responses`, { body })
  const whole = call({ input: 'hi' })
  const silent = call({ input: 'hi', stream: true })
  const begun = call({ input: 'begin', stream: true })
  await begun.receives(DELTA)
  await silent.receives(': keep-alive')
  await until('all are sent on', () => upstream.open.length === 3)
  const waiting = Array.from({ length: 200 }, () => call({ input: 'hi' }))
  await until('the others wait', async () => (await openCalls(url)) === 203)

  child.signal('SIGINT')
  const answers = await Promise.all([silent, begun, whole, ...waiting].map((one) => one.answer()))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 424, ...waiting.map(() => 424)],
  )
  for (const { text } of answers) assert.match(text, /Spotter is shutting down/)
  assert.equal(await child.ended(), 0)
  await portIsFree(url)
  for (const response of upstream.open) assert.equal(response.destroyed, true, 'the upstream is told')
})

test('SIGINT ends while a body still comes, an answer is not read, and the upstream is silent', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, { baseUrl: upstream.url })
  const silent = new HttpCall(`${url}/v1/responses`, { body: { input: 'hi' } })
  const stuck = new HttpCall(`${url}/v1/responses`, { body: { input: 'begin', stream: true } })
  await stuck.receives(DELTA)
  stuck.pause()
  const uploading = connect(Number(new URL(url).port), '127.0.0.1')
  t.after(() => uploading.destroy())
  uploading.on('error', () => {})
  uploading.write('POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 500000000\r\n\r\n{"input":"')
  const feeding = setInterval(() => uploading.write('x'.repeat(65_536)), 5)
  t.after(() => clearInterval(feeding))
  await until('two are sent on', () => upstream.open.length === 2)
  const filler = Buffer.from(DELTA.repeat(20_000))
  const writes = upstream.open.find((response) => response.headersSent)
  await until('the answer that is not read backs up', () => writes?.write(filler) === false)
  await until('all three are there', async () => (await openCalls(url)) === 2 && uploading.bytesWritten > 1e6)

  child.signal('SIGINT')
  assert.match((await silent.answer()).text, /Spotter is shutting down/)
  // Gym kills after a second; the bound here is for a busy machine, `npm run bench -- --only shutdown` has the figures.
  const patience = new AbortController()
  const late = setTimeout(5000, 'still there', { signal: patience.signal }).catch(() => 'given up')
  assert.equal(await Promise.race([child.ended(), late]), 0)
  patience.abort()
  await portIsFree(url)
})

test('SIGTERM lets open calls end, and takes no others', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, { baseUrl: upstream.url })
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const whole = post(`${url}/v1/responses`, agent)
  const begun = new HttpCall(`${url}/v1/responses`, { body: { input: 'begin', stream: true } })
  await begun.receives(DELTA)
  const late = connect(Number(new URL(url).port), '127.0.0.1')
  t.after(() => late.destroy())
  const headers = 'host: x\r\nexpect: 100-continue\r\ncontent-length: 14'
  late.write(`POST /v1/responses HTTP/1.1\r\n${headers}\r\n\r\n{"input":`)
  const [word] = (await once(late, 'data')) as [Buffer]
  assert.match(word.toString(), /^HTTP\/1\.1 100 Continue/)
  await until('both are sent on', () => upstream.open.length === 2)

  child.signal('SIGTERM')
  await child.says('waiting up to 30 s for 3 open calls')
  await assert.rejects(ask(url), { code: 'ECONNREFUSED' })
  const completed = 'event: response.completed\ndata: {"response":{"status":"completed"}}\n\n'
  late.write('"hi"}')
  await until('what was still coming is sent on', () => upstream.open.length === 3)
  for (const response of upstream.open) response.end(response.headersSent ? completed : ANSWER)
  const answer = await whole
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers.connection, 'close', 'the next call has to go elsewhere')
  assert.equal((await begun.answer()).text, DELTA + completed)
  const [bytes] = (await once(late, 'data')) as [Buffer]
  assert.match(bytes.toString(), /^HTTP\/1\.1 200 OK\r\n/)
  assert.equal(await child.ended(), 0)
})

test('a second SIGTERM ends at once, and answers', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, { baseUrl: upstream.url })
  const call = new HttpCall(`${url}/v1/responses`, { body: { input: 'hi' } })
  await until('it is sent on', () => upstream.open.length === 1)
  child.signal('SIGTERM')
  await child.says('waiting up to 30 s for 1 open calls')
  child.signal('SIGTERM')
  assert.match((await call.answer()).text, /Spotter is shutting down/)
  assert.equal(await child.ended(), 0)
})

test('what has not ended when the drain is over is answered', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, {
    baseUrl: upstream.url,
    settings: { 'server.drain_seconds': 0.1 },
  })
  const call = new HttpCall(`${url}/v1/responses`, { body: { input: 'hi' } })
  await until('it is sent on', () => upstream.open.length === 1)
  child.signal('SIGTERM')
  assert.match((await call.answer()).text, /Spotter is shutting down/)
  assert.equal(await child.ended(), 0)
  assert.match(child.output, /1 calls did not end in time/)
})

test('an idle server ends at once at SIGTERM, whoever holds a connection', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, { baseUrl: upstream.url })
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  await new Promise<void>((resolve) => {
    request(url, { agent }, (response) => response.resume().on('end', resolve)).end()
  })
  child.signal('SIGTERM')
  assert.equal(await child.ended(), 0)
})

test('SIGUSR2 tries the upstream again', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, { baseUrl: upstream.url })
  child.signal('SIGUSR2')
  await child.says('SIGUSR2: nothing is held back')

  const call = new HttpCall(`${url}/v1/responses`, { body: { input: 'hi' } })
  await until('it is sent on', () => upstream.open.length === 1)
  const error = { message: 'no money', type: 'insufficient_quota', code: 'insufficient_quota' }
  upstream.open[0]?.writeHead(429).end(JSON.stringify({ error }))
  await child.says('The quota circuit is open, calls are held')
  child.signal('SIGUSR2')
  await child.says('tries the upstream now')
  await until('it is sent again', () => upstream.open.length === 2)
  upstream.open[1]?.end(ANSWER)
  assert.equal((await call.answer()).status, 200)
})

test('nobody reading the log is no reason to stop', async (t) => {
  const upstream = await startUpstream(t)
  const { child, url } = await startServer(t, { baseUrl: upstream.url })
  child.process.stdout?.destroy()
  child.process.stderr?.destroy()
  for (let call = 0; call < 3; call++) {
    assert.equal((await ask(`${url}/v1/responses`, { body: { input: call } })).status, 422)
  }
})

test('a port that is taken is said in a sentence', async (t) => {
  const upstream = await startUpstream(t)
  const taken = createServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const child = new Child(t, { arguments: serveArguments({ baseUrl: upstream.url, settings: { port } }) })
  assert.equal(await child.ended(), 1)
  assert.match(
    child.output,
    new RegExp(
      `cannot listen on 127\\.0\\.0\\.1:${port}: another process has it; set "port" or "host" of policy_model\\.`,
    ),
  )
  assert.doesNotMatch(child.output, /\n\s+at /)
})

test('a dry run checks the configuration and serves nothing', async (t) => {
  const fine = serveArguments({ baseUrl: 'http://127.0.0.1:1/v1' })
  const right = new Child(t, { arguments: [...fine, '++dry_run=true'] })
  const wrong = new Child(t, { arguments: [...fine, '++dry_run=true', '++policy_model_name=???'] })
  assert.equal(await right.ended(), 0)
  assert.doesNotMatch(right.output, /serves/)
  assert.equal(await wrong.ended(), 1)
  assert.match(wrong.output, /openai_model: must be given/)
})

test('Gym starts it through the environment', async (t) => {
  const upstream = await startUpstream(t)
  const document = [
    'policy_model:',
    '  responses_api_models:',
    '    openai_model:',
    '      entrypoint: app.py',
    `      openai_base_url: \${policy_base_url}`,
    '      openai_api_key: ${policy_api_key}',
    '      openai_model: ${oc.env:JUDGE,judge-1}',
    "      max_concurrent_requests: '16'",
    '      host: 127.0.0.1',
    '      port: 0',
    '      ledger:',
    "        enabled: 'no'",
    'other_server:',
    '  resources_servers:',
    '    other:',
    '      entrypoint: app.py',
    '      broken: ${nowhere}',
    `policy_base_url: ${upstream.url}/`,
    'policy_api_key: sk-test-0123456789abcdef',
    '',
  ].join('\n')
  const environment = { NEMO_GYM_CONFIG_DICT: document, NEMO_GYM_CONFIG_PATH: 'policy_model' }
  const child = new Child(t, { arguments: ['serve'], environment })
  const url = await listening(child)
  for (const line of child.output.trim().split('\n')) assert.match(line, /^\(policy_model\) /)
  assert.deepEqual((await ask(url)).json(), { status: 'ok' })
  const call = ask(`${url}/v1/responses`, { body: { input: 'hi' } })
  await until('it is sent on', () => upstream.open.length === 1)
  upstream.open[0]?.end(ANSWER)
  assert.equal((await call).text, ANSWER)
  assert.equal(String(upstream.requests.at(-1)?.body), '{"input":"hi","model":"judge-1"}')
  assert.equal(upstream.requests.at(-1)?.path, '/v1/responses')
})

test('a strict preflight refuses to start with a key that is not taken', async (t) => {
  const upstream = await openUpstream((_body, response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end('{"error":{"message":"Incorrect API key provided: sk-t***cdef.","code":"invalid_api_key"}}')
  })
  t.after(() => upstream.close())
  const settings = { preflight: 'strict' }
  const child = new Child(t, { arguments: serveArguments({ baseUrl: upstream.url, settings }) })
  assert.equal(await child.ended(), 1)
  assert.match(child.output, /rejected the key .* Not starting, because preflight is strict\./)
  assert.doesNotMatch(child.output, /sk-t|0123456789/)
})

async function openCalls(url: string): Promise<number> {
  const { server } = (await ask(`${url}/status`)).json() as { server: { open_calls: number } }
  return server.open_calls
}

function post(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent }, (response) => {
      response.resume()
      resolve(response)
    })
    call.on('error', reject)
    call.end('{"input":"hi"}')
  })
}
