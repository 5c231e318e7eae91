import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { ask, type Answer } from './http-call.ts'
import type { StageOptions } from './stage.ts'
import { impatient, startBehind, startStage } from './started.ts'
import { until } from './until.ts'

/** A port on which connections are met as the test says, by no HTTP server. */
async function startSockets(context: TestContext, accept: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    accept(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function answerBehind(context: TestContext, baseUrl: string, settings = {}): Promise<Answer> {
  const stage = await startStage(context, { baseUrl, settings: { ...impatient, ...settings } })
  return ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
}

/** Checks what the caller hears of a way to the upstream that fails. */
function tells(answer: Answer, category: string, attempts: number, sentence: RegExp): void {
  const { error } = answer.json() as { error: Record<string, unknown> }
  assert.deepEqual([answer.status, error['category'], error['attempts']], [424, category, attempts])
  assert.match(String(error['message']), sentence)
  assert.match(answer.reason, new RegExp(sentence.source.split('.*')[0] ?? ''))
}

test('a name that does not exist', async (t) => {
  const answer = await answerBehind(t, 'http://no-such-host.invalid/v1')
  tells(
    answer,
    'network_name',
    3,
    /^The name no-such-host\.invalid cannot be found \(E\w+\).*openai_base_url \(\+\+policy_base_url\)/,
  )
})

test('a port on which nothing listens', async (t) => {
  const server = await startSockets(t, () => {})
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  const answer = await answerBehind(t, `http://127.0.0.1:${port}/v1`)
  tells(answer, 'network_refused', 3, /^Nothing accepts connections at 127\.0\.0\.1:\d+ .*openai_base_url/)
})

test('an https address of a host that speaks http', async (t) => {
  const server = await startSockets(t, (socket) => {
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  const answer = await answerBehind(t, `https://127.0.0.1:${portOf(server)}/v1`)
  tells(answer, 'network_tls', 3, /^No trusted encrypted connection to .*https:\/\/ in openai_base_url/)
})

test('a host that never finishes its greeting', async (t) => {
  const server = await startSockets(t, () => {})
  const settings = { 'upstream.connect_seconds': 0.1, 'retry.max_attempts': 1 }
  const answer = await answerBehind(t, `https://127.0.0.1:${portOf(server)}/v1`, settings)
  tells(
    answer,
    'timeout',
    1,
    /^No connection to 127\.0\.0\.1:\d+ came about in time .*upstream\.connect_seconds/,
  )
})

test('a host that says nothing', async (t) => {
  const server = await startSockets(t, () => {})
  const settings = { 'upstream.first_byte_seconds': 1, 'retry.max_attempts': 1 }
  const answer = await answerBehind(t, `http://127.0.0.1:${portOf(server)}/v1`, settings)
  tells(answer, 'timeout', 1, /^The host .* stayed silent for too long .*upstream\.first_byte_seconds/)
})

test('a host that falls silent in the middle', async (t) => {
  const server = await startSockets(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"id":')
  })
  const settings = { 'upstream.idle_seconds': 1, 'retry.max_attempts': 1 }
  const answer = await answerBehind(t, `http://127.0.0.1:${portOf(server)}/v1`, settings)
  tells(answer, 'timeout', 1, /^The host .* stayed silent for too long .*upstream\.idle_seconds/)
})

test('a host that does not speak HTTP', async (t) => {
  const server = await startSockets(t, (socket) => {
    socket.end('220 mail.example.com ESMTP\r\n')
  })
  const answer = await answerBehind(t, `http://127.0.0.1:${portOf(server)}/v1`)
  tells(answer, 'protocol', 3, /^The host .* answered something that is not an API answer.*openai_base_url/)
})

test('a host that has moved', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => {
    response.writeHead(301, { location: 'https://elsewhere.example.com/' }).end()
  })
  const answer = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  tells(answer, 'protocol', 1, /^The host .* sends callers elsewhere.*openai_base_url/)
})

test('connections that the host closes between two calls cost no attempt', async (t) => {
  const server = await startSockets(t, (socket) => {
    socket.once('data', () => {
      const body = '{"id":"resp_1","status":"completed"}'
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      closed = once(socket, 'close')
    })
  })
  let closed: Promise<unknown> = Promise.resolve()
  const options: StageOptions = {
    baseUrl: `http://127.0.0.1:${portOf(server)}/v1`,
    settings: { 'retry.max_attempts': 1 },
  }
  const stage = await startStage(t, options)
  for (let call = 0; call < 5; call++) {
    const { status } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(status, 200)
    await closed
  }
})

test('connections are kept: as many as there are calls at once, and no more', async (t) => {
  const connections = new Set<unknown>()
  const open: ServerResponse[] = []
  const { stage, upstream } = await startBehind(t, (body, response, { socket }) => {
    connections.add(socket)
    if (body.includes('"held"')) open.push(response)
    else response.end('{"id":"resp_1","status":"completed"}')
  })
  const url = `${stage.url}/v1/responses`
  for (let call = 0; call < 10; call++) assert.equal((await ask(url, { body: { input: 'hi' } })).status, 200)
  assert.equal(connections.size, 1)
  const held = [1, 2, 3].map(() => ask(url, { body: { input: 'held' } }))
  await until('all are there', () => open.length === 3)
  assert.equal(connections.size, 3)
  for (const response of open) response.end('{"id":"resp_1","status":"completed"}')
  for (const call of held) assert.equal((await call).status, 200)
  for (let call = 0; call < 10; call++) assert.equal((await ask(url, { body: { input: 'hi' } })).status, 200)
  assert.equal(connections.size, 3)
  assert.equal(upstream.requests.length, 23)
})

test('no secret is told, wherever the host repeats it', async (t) => {
  const key = 'sk-test-0123456789abcdef'
  const own = 'correct-horse-battery'
  const echoes = [
    {
      status: 401,
      type: 'application/json',
      body: JSON.stringify({ error: { message: key, code: key, type: own, param: key } }),
    },
    { status: 500, type: 'text/html', body: `<title>${key} ${own}</title>` },
    {
      status: 400,
      type: 'application/json',
      body: JSON.stringify({ error: { message: `Bearer ${key}`, param: own } }),
    },
    { status: 200, type: 'text/html', body: key },
    {
      status: 200,
      type: 'text/event-stream',
      body: `data: {"type":"error","error":{"message":"${own} ${key}","code":"${own}"}}\n\n`,
    },
  ]
  for (const { status, type, body } of echoes) {
    const { stage } = await startBehind(
      t,
      (_body, response) => response.writeHead(status, { 'content-type': type }).end(body),
      { settings: { ...impatient, 'openai_default_headers.X-Gateway-Token': own } },
    )
    const answer = await ask(`${stage.url}/v1/responses`, {
      body: { input: 'hi', stream: type === 'text/event-stream' },
    })
    assert.ok(answer.status >= 400)
    for (const text of [answer.reason, answer.text, JSON.stringify(answer.headers), ...stage.log]) {
      assert.equal(text.includes(key) || text.includes(own), false, text)
    }
  }
})
