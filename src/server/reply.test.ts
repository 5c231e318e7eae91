import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { HttpReply } from './reply.ts'

/** An answer that can be written step by step, to a client that has asked for it. */
async function answer(t: TestContext): Promise<{ reply: HttpReply; sent: () => number }> {
  const server = createServer()
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => client.destroy())
  client.write('GET / HTTP/1.1\r\nHost: spotter\r\n\r\n')
  const response = await new Promise<ServerResponse>((resolve) =>
    server.once('request', (_request, given) => resolve(given)),
  )
  return {
    reply: new HttpReply(response, { vary: 'Cookie' }, () => false),
    sent: () => response.socket?.bytesWritten ?? Number.NaN,
  }
}

test('the head leaves with the first bytes behind it: one packet, and the client wakes once', async (t) => {
  const { reply, sent } = await answer(t)
  reply.head(200, { 'content-type': 'text/event-stream' })
  assert.equal(reply.headSent, true)
  assert.equal(sent(), 0)
  reply.write('data: {}\n\n')
  assert.ok(sent() > 0)
})

test('the head leaves by itself where it is told to', async (t) => {
  const { reply, sent } = await answer(t)
  reply.head(200, { 'content-type': 'text/event-stream' })
  reply.flush()
  assert.ok(sent() > 0)
})
