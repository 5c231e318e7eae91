import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Child, listening, serveArguments } from './child-server.ts'
import { startProxy } from './forward-proxy.ts'
import { ask } from './http-call.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const ANSWER = '{"id":"resp_1","status":"completed"}'
const trusted = { NODE_EXTRA_CA_CERTS: fixture('certificate.pem') }

/** A server in front of an upstream that speaks https with a certificate of its own. */
async function startBehindTls(
  context: TestContext,
  environment: Readonly<Record<string, string>>,
): Promise<{ url: string; child: Child }> {
  const keys = { key: readFileSync(fixture('key.pem')), cert: readFileSync(fixture('certificate.pem')) }
  const upstream = createServer(keys, (_request, response) => response.end(ANSWER))
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  context.after(() => {
    upstream.closeAllConnections()
    upstream.close()
  })
  const baseUrl = `https://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`
  const settings = { preflight: 'off', 'retry.base_delay_seconds': 0, 'retry.max_delay_seconds': 0 }
  const child = new Child(context, { arguments: serveArguments({ baseUrl, settings }), environment })
  return { child, url: `${await listening(child)}/v1/responses` }
}

test('a certificate that is trusted serves, and so does a tunnel to it', async (t) => {
  const proxy = await startProxy(t)
  for (const environment of [trusted, { ...trusted, HTTPS_PROXY: proxy.url }]) {
    const { url } = await startBehindTls(t, environment)
    assert.equal((await ask(url, { body: { input: 'hi' } })).text, ANSWER)
  }
  assert.equal(proxy.asked.length, 1)
  assert.match(proxy.asked[0] ?? '', /^CONNECT 127\.0\.0\.1:\d+$/)
})

test('a certificate that is not trusted is told, with what to do', async (t) => {
  const { url } = await startBehindTls(t, {})
  const answer = await ask(url, { body: { input: 'hi' } })
  const { error } = answer.json() as { error: Record<string, unknown> }
  assert.deepEqual([answer.status, error['category'], error['attempts']], [424, 'network_tls', 1])
  assert.match(
    String(error['message']),
    /^No trusted encrypted connection to 127\.0\.0\.1.*NODE_EXTRA_CA_CERTS/,
  )
})

test('a proxy that refuses the tunnel is told, without its password', async (t) => {
  const proxy = await startProxy(t, 407)
  const { url, child } = await startBehindTls(t, { ...trusted, HTTPS_PROXY: proxy.url })
  const answer = await ask(url, { body: { input: 'hi' } })
  const { error } = answer.json() as { error: Record<string, unknown> }
  assert.deepEqual([answer.status, error['category']], [424, 'network_refused'])
  assert.match(String(error['message']), /proxy settings \(HTTPS_PROXY, NO_PROXY\)/)
  for (const text of [answer.text, answer.reason, child.output]) assert.doesNotMatch(text, /hunter2/)
})
