import assert from 'node:assert/strict'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Client } from 'undici'
import type { Failure, FailureReason, RetryClass } from '../../call/outcome.ts'
import { classifyTransport, type TransportPhase } from './transport.ts'

const baseUrl = 'https://api.example.com/v1'

function classify(code: string, phase: TransportPhase, message = 'x'): Failure {
  return classifyTransport(Object.assign(new Error(message), { code }), { phase, baseUrl })
}

const cases: [string, TransportPhase, FailureReason, RetryClass][] = [
  ['ENOTFOUND', 'connecting', 'network_name', 'safe'],
  ['EAI_AGAIN', 'connecting', 'network_name', 'safe'],
  ['ECONNREFUSED', 'connecting', 'network_refused', 'safe'],
  ['EHOSTUNREACH', 'connecting', 'network_refused', 'safe'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connecting', 'timeout', 'safe'],
  ['ETIMEDOUT', 'connecting', 'timeout', 'safe'],
  ['ETIMEDOUT', 'sent', 'timeout', 'unsafe'],
  ['ECONNRESET', 'connecting', 'network_reset', 'safe'],
  ['ECONNRESET', 'sending', 'network_reset', 'unsafe'],
  ['ECONNRESET', 'sent', 'network_reset', 'unsafe'],
  ['EPIPE', 'sending', 'network_reset', 'unsafe'],
  ['UND_ERR_SOCKET', 'sent', 'network_reset', 'unsafe'],
  ['UND_ERR_SOCKET', 'body', 'stream_truncated', 'unsafe'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'body', 'stream_truncated', 'unsafe'],
  ['UND_ERR_HEADERS_TIMEOUT', 'sent', 'timeout', 'unsafe'],
  ['UND_ERR_BODY_TIMEOUT', 'body', 'timeout', 'unsafe'],
  ['CERT_HAS_EXPIRED', 'connecting', 'network_tls', 'never'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'connecting', 'network_tls', 'never'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'connecting', 'network_tls', 'never'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'connecting', 'network_tls', 'never'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'connecting', 'network_tls', 'safe'],
  ['EPROTO', 'connecting', 'network_tls', 'safe'],
  ['HPE_INVALID_CONSTANT', 'sent', 'protocol', 'unsafe'],
  ['UND_ERR_HEADERS_OVERFLOW', 'sent', 'protocol', 'unsafe'],
  ['UND_ERR_INVALID_ARG', 'connecting', 'internal_error', 'never'],
  ['EMFILE', 'connecting', 'internal_error', 'safe'],
  ['SOMETHING_NEW', 'sent', 'network_reset', 'unsafe'],
  ['', 'body', 'stream_truncated', 'unsafe'],
]

for (const [code, phase, reason, retry] of cases) {
  test(`${code || 'no code'} while ${phase}`, () => {
    const failure = classify(code, phase)
    assert.deepEqual([failure.reason, failure.retry, failure.upstreamStatus], [reason, retry, null])
    assert.equal(failure.source, reason === 'internal_error' ? 'gateway' : 'upstream')
  })
}

test('an address tried in two families, and a cause inside an error', () => {
  const inner = Object.assign(new Error('connect ECONNREFUSED ::1:9'), { code: 'ECONNREFUSED' })
  const both = new AggregateError([inner, inner])
  assert.equal(classifyTransport(both, { phase: 'connecting', baseUrl }).reason, 'network_refused')
  const wrapped = new Error('request failed', { cause: inner })
  assert.equal(classifyTransport(wrapped, { phase: 'connecting', baseUrl }).reason, 'network_refused')
})

test('a proxy that does not build the tunnel', () => {
  const failure = classify(
    'UND_ERR_ABORTED',
    'connecting',
    'Proxy response (407) !== 200 when HTTP Tunneling',
  )
  assert.equal(failure.reason, 'network_refused')
  assert.match(failure.message, /407.*HTTPS_PROXY/)
})

test('the sentence names host and setting, and hides keys', () => {
  const places = { apiKey: 'k', baseUrl: 'policy_base_url in env.yaml', model: 'm' }
  const error = Object.assign(new Error('bad header Bearer abcDEF123456'), { code: 'ERR_INVALID_CHAR' })
  assert.doesNotMatch(JSON.stringify(classifyTransport(error, { phase: 'sending', baseUrl })), /abcDEF/)
  const typo = Object.assign(new Error('getaddrinfo ENOTFOUND api.exmaple.com'), { code: 'ENOTFOUND' })
  const failure = classifyTransport(typo, {
    phase: 'connecting',
    baseUrl: 'https://api.exmaple.com/v1',
    places,
  })
  assert.match(failure.message, /api\.exmaple\.com.*ENOTFOUND.*policy_base_url in env\.yaml/)
})

test('property: after the request has left, only what proves that nothing ran is safe', () => {
  const proven =
    /^(?:ENOTFOUND|EAI_|ENODATA|ESERVFAIL|E\w+REFUSED|E\w+UNREACH|E\w+DOWN|EACCES|EPERM|UND_ERR_(?:PRX|SOCKS5|CONNECT)|EPROTO|EMFILE|ENFILE|ENOBUFS|EADDRNOTAVAIL)/
  fc.assert(
    fc.property(
      fc.constantFrom(...cases.map(([code]) => code)),
      fc.constantFrom<TransportPhase>('sending', 'sent', 'body'),
      (code, phase) => {
        const { retry } = classify(code, phase)
        assert.ok(retry !== 'safe' || proven.test(code), `${code} while ${phase}`)
      },
    ),
  )
})

/** What undici really reports when the peer behaves like this. */
async function against(behave: (socket: import('node:net').Socket) => void, path = '/'): Promise<Error> {
  const server = createTcpServer(behave)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  try {
    const answer = await client.request({ path, method: 'POST', body: '{}' })
    await answer.body.text()
    throw new Error('it answered')
  } catch (error) {
    return error as Error
  } finally {
    await client.destroy()
    server.close()
  }
}

test('undici against a peer that closes, resets, and speaks no HTTP', async () => {
  const closed = await against((socket) => socket.once('data', () => socket.end()))
  assert.equal(classifyTransport(closed, { phase: 'sent', baseUrl }).reason, 'network_reset')
  const reset = await against((socket) => socket.once('data', () => socket.resetAndDestroy()))
  assert.equal(classifyTransport(reset, { phase: 'sent', baseUrl }).reason, 'network_reset')
  const foreign = await against((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9\r\n')))
  assert.equal(classifyTransport(foreign, { phase: 'sent', baseUrl }).reason, 'protocol')
  const short = await against((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')),
  )
  assert.equal(classifyTransport(short, { phase: 'body', baseUrl }).reason, 'stream_truncated')
})

test('undici against nobody', async () => {
  const client = new Client('http://127.0.0.1:1')
  const error = await client.request({ path: '/', method: 'GET' }).then(
    () => assert.fail('something listens on port 1'),
    (thrown: unknown) => thrown as Error,
  )
  await client.destroy()
  assert.equal(classifyTransport(error, { phase: 'connecting', baseUrl }).reason, 'network_refused')
})
