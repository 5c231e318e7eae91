import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { ask } from './http-call.ts'
import type { Stage } from './stage.ts'
import { startBehind } from './started.ts'
import { until } from './until.ts'

const MEGABYTE = 1_048_576
const ANSWER = '{"id":"resp_1","status":"completed"}'

async function startCounting(context: TestContext, settings: Record<string, number> = {}) {
  const started = await startBehind(context, (_body, response) => response.end(ANSWER), { settings })
  return { ...started, url: `${started.stage.url}/v1/responses` }
}

/** A body of so many bytes, model last, with text of every width in it. */
function bodyOf(size: number, model: string): Buffer {
  const start = Buffer.from('{"input":"')
  const end = Buffer.from(`","model":"${model}"}`)
  const unit = 'conversation \\n é 😀 \\u00e9 '
  const text = Buffer.from(unit.repeat(Math.ceil((size - 200) / Buffer.byteLength(unit))))
  return Buffer.concat([start, text, end])
}

for (const size of [1, 8, 50]) {
  test(`a body of ${size} MB goes up whole`, async (t) => {
    const { url, upstream } = await startCounting(t)
    const { status } = await ask(url, { body: bodyOf(size * MEGABYTE, 'x') })
    assert.equal(status, 200)
    const [sent] = upstream.requests
    assert.equal(sent?.body.equals(bodyOf(size * MEGABYTE, 'gpt-test')), true)
    assert.equal(sent.headers['content-length'], String(sent.body.length))
  })
}

test('a body may come in chunks of any size', async (t) => {
  const { url, upstream } = await startCounting(t)
  for (const chunk of [1, 7, 65_536]) {
    const body = bodyOf(chunk === 1 ? 300 : MEGABYTE / 8, 'x')
    const call = request(url, { method: 'POST', agent: false })
    for (let at = 0; at < body.length; at += chunk) call.write(body.subarray(at, at + chunk))
    call.end()
    await once(call, 'response')
    assert.equal(
      upstream.requests.at(-1)?.body.equals(bodyOf(chunk === 1 ? 300 : MEGABYTE / 8, 'gpt-test')),
      true,
    )
  }
})

/** A connection of the test's own, for what no HTTP library would do. */
async function startSocket(
  context: TestContext,
  stage: Stage,
): Promise<{ socket: Socket; received(): string }> {
  const socket = connect(Number(new URL(stage.url).port), '127.0.0.1')
  context.after(() => socket.destroy())
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  await once(socket, 'connect')
  return { socket, received: () => text }
}

test('callers that never finish their request keep nobody else waiting', async (t) => {
  const { stage, upstream, url } = await startCounting(t, { max_concurrent_requests: 1 })
  const beginnings = [
    'POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-le',
    'POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{"inp',
    'POST /v1/responses HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"inp',
  ]
  const slow: { socket: Socket; received(): string }[] = []
  for (const beginning of [...beginnings, ...beginnings]) {
    const one = await startSocket(t, stage)
    one.socket.write(beginning)
    slow.push(one)
  }
  for (let call = 0; call < 5; call++) assert.equal((await ask(url, { body: { input: 'hi' } })).status, 200)
  assert.equal(upstream.requests.length, 5)

  // A slow one is served as well as any other once it is there.
  slow[1]?.socket.write(`ut":"${'x'.repeat(500 - '{"input":""}'.length)}"}`)
  await until('the slow one has its answer', () => slow[1]?.received().endsWith(ANSWER) === true)
  assert.equal(upstream.requests.length, 6)
})

test('requests that come at once on one connection are answered in their order', async (t) => {
  const { stage, upstream } = await startCounting(t)
  const { socket, received } = await startSocket(t, stage)
  const one = (input: string): string => {
    const body = `{"input":"${input}"}`
    return `POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  }
  socket.write(`${one('a')}GET / HTTP/1.1\r\nhost: x\r\n\r\n${one('b')}`)
  await until('three answers', () => (received().match(/HTTP\/1\.1 200 OK/g) ?? []).length === 3)
  assert.equal(upstream.requests.length, 2)
  assert.match(received(), /resp_1[^]+"ok"[^]+resp_1/)
})

test('a caller that asks first is told to go on', async (t) => {
  const { stage } = await startCounting(t)
  const { socket, received } = await startSocket(t, stage)
  const body = '{"input":"hi"}'
  socket.write(
    `POST /v1/responses HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  await until('it is told', () => received().startsWith('HTTP/1.1 100 Continue\r\n\r\n'))
  socket.write(body)
  await until('it has its answer', () => received().endsWith(ANSWER))
})

const limited = { 'server.max_body_megabytes': 1 }

/** Each a body of 9 MB, announced or not. */
for (const [kind, header, frame] of [
  ['announced', `content-length: ${9 * MEGABYTE}`, ''],
  ['in chunks', 'transfer-encoding: chunked', `${MEGABYTE.toString(16)}\r\n`],
] as const) {
  test(`a body that is too large is refused, to a caller that reads late too: ${kind}`, async (t) => {
    const { stage, upstream } = await startCounting(t, limited)
    const { socket, received } = await startSocket(t, stage)
    socket.pause()
    let broken: Error | null = null
    socket.on('error', (error) => (broken = error))
    socket.write(`POST /v1/responses HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`)
    const part = Buffer.concat([
      Buffer.from(frame),
      Buffer.alloc(MEGABYTE, 'x'),
      Buffer.from(frame && '\r\n'),
    ])
    for (let sent = 0; sent < 9; sent++) {
      await new Promise((resolve) => socket.write(part, resolve))
      await until('it has been read', () => socket.writableLength === 0 || broken !== null)
    }
    if (frame) socket.write('0\r\n\r\n')
    socket.resume()
    await until('the answer', () => socket.readableEnded || broken !== null)
    assert.equal(broken, null)
    const text = received()
    assert.match(text, /^HTTP\/1\.1 413 The request body is larger than 1 MiB.*\r\n/)
    assert.match(text, /\r\nx-should-retry: false\r\n/)
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as {
      detail: string
      error: { code: string }
    }
    assert.equal(body.error.code, 'body_too_large')
    assert.match(body.detail, /server\.max_body_megabytes/)
    assert.equal(upstream.requests.length, 0)
    assert.equal(stage.log.filter((line) => line.includes(body.detail)).length, 1)
  })
}

for (const [what, line, status] of [
  ['an unknown address', 'POST /v1/embeddings', '404 Not Found'],
  ['a wrong method', 'PUT /v1/responses', '405 Method Not Allowed'],
  ['a page', 'POST /admin/budget', '413 Payload Too Large'],
] as const) {
  test(`a large body to ${what} does not take the answer away from a caller that closes`, async (t) => {
    const { stage } = await startCounting(t, limited)
    const { socket, received } = await startSocket(t, stage)
    socket.pause()
    let broken: Error | null = null
    socket.on('error', (error) => (broken = error))
    socket.write(
      `${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${9 * MEGABYTE}\r\n\r\n`,
    )
    const part = Buffer.alloc(MEGABYTE, 'x')
    for (let sent = 0; sent < 9; sent++) {
      await new Promise((resolve) => socket.write(part, resolve))
      await until('it has been read', () => socket.writableLength === 0 || broken !== null)
    }
    socket.resume()
    await until('the answer', () => socket.readableEnded || broken !== null)
    assert.equal(broken, null)
    assert.ok(received().startsWith(`HTTP/1.1 ${status}\r\n`), received())
    assert.match(received(), /\r\n\r\n\{"detail":"[A-Z].*"\}+$/)
  })
}

test('a request that names its host in its first line is the same request', async (t) => {
  const { stage, upstream } = await startCounting(t)
  const body = '{"input":"hi"}'
  for (const [line, status] of [
    [`POST ${stage.url}/v1/responses/?a=b`, 200],
    ['POST http://somewhere.example/ng-rollout/r1/v1/responses', 200],
    ['POST HTTP://somewhere.example:80', 405],
    ['POST ftp://somewhere.example/v1/responses', 404],
  ] as const) {
    const { socket, received } = await startSocket(t, stage)
    socket.write(
      `${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await until('the answer', () => socket.readableEnded)
    assert.ok(received().startsWith(`HTTP/1.1 ${status} `), `${line}: ${received()}`)
  }
  assert.deepEqual(
    upstream.requests.map(({ path }) => path),
    ['/v1/responses', '/v1/responses'],
  )
})

test('a body of just the limit is taken', async (t) => {
  const { url } = await startCounting(t, limited)
  const body = (size: number): string => `{"input":"${'x'.repeat(size - '{"input":""}'.length)}"}`
  assert.equal((await ask(url, { body: body(MEGABYTE) })).status, 200)
  assert.equal((await ask(url, { body: body(MEGABYTE + 1) })).status, 413)
})
