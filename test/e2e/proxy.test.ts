import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { startProxy, type Proxy } from './forward-proxy.ts'
import { ask, HttpCall } from './http-call.ts'
import { impatient, startBehind } from './started.ts'
import { until } from './until.ts'

const ANSWER = '{"id":"resp_1","status":"completed"}'
const EVENTS =
  'event: response.output_text.delta\ndata: {"sequence_number":1}\n\n' +
  'event: response.completed\ndata: {"response":{"status":"completed"}}\n\n'

async function startBehindProxy(
  context: TestContext,
  proxy: Proxy,
  environment: Readonly<Record<string, string>>,
): Promise<Awaited<ReturnType<typeof startBehind>> & { aborted: () => number }> {
  let aborted = 0
  const started = await startBehind(
    context,
    (body, response) => {
      response.on('close', () => {
        if (!response.writableFinished) aborted += 1
      })
      if (body.includes('"silent"')) return
      const stream = body.includes('"stream"')
      response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' })
      response.end(stream ? EVENTS : ANSWER)
    },
    { settings: { ...impatient }, environment: { ...environment, HTTP_PROXY: proxy.url } },
  )
  return { ...started, aborted: () => aborted }
}

test('calls go through the proxy of the environment, whole and streamed', async (t) => {
  const proxy = await startProxy(t)
  const { stage, upstream } = await startBehindProxy(t, proxy, {})
  assert.equal((await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })).text, ANSWER)
  assert.equal((await ask(`${stage.url}/v1/responses`, { body: { input: 'hi', stream: true } })).text, EVENTS)
  assert.equal(upstream.requests.length, 2)
  const { host } = new URL(upstream.url)
  assert.ok(proxy.asked.length > 0)
  for (const asked of proxy.asked) assert.ok(asked.includes(host), asked)
  for (const { headers } of upstream.requests) {
    assert.equal(headers.authorization, 'Bearer sk-test-0123456789abcdef')
    assert.equal(headers['proxy-authorization'], undefined)
  }
})

test('many calls at once go through it side by side', async (t) => {
  const proxy = await startProxy(t)
  const { stage, upstream } = await startBehindProxy(t, proxy, {})
  const silent = Array.from(
    { length: 4 },
    () => new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'silent' } }),
  )
  await until('all are there at once', () => upstream.requests.length === 4)
  assert.equal((await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })).status, 200)
  for (const call of silent) call.leave()
})

test('a caller that leaves frees the upstream behind the proxy too', async (t) => {
  const proxy = await startProxy(t)
  const { stage, upstream, aborted } = await startBehindProxy(t, proxy, {})
  const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'silent' } })
  await until('it is sent on', () => upstream.requests.length === 1)
  call.leave()
  await until('the upstream is told', () => aborted() === 1)
})

test('NO_PROXY names hosts that are reached directly', async (t) => {
  const proxy = await startProxy(t)
  const { stage } = await startBehindProxy(t, proxy, { NO_PROXY: 'localhost,127.0.0.1' })
  assert.equal((await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })).status, 200)
  assert.deepEqual(proxy.asked, [])
})

test('a proxy that is not there is told as that', async (t) => {
  const proxy = await startProxy(t)
  proxy.server.close()
  await once(proxy.server, 'close')
  const { stage } = await startBehindProxy(t, proxy, {})
  const answer = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  const { error } = answer.json() as { error: Record<string, unknown> }
  assert.deepEqual([answer.status, error['category']], [424, 'network_refused'])
  assert.match(String(error['message']), /proxy settings/)
})
