import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Link } from './link.ts'

async function pair(t: TestContext): Promise<[Socket, Socket]> {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-link-'))
  const path = join(folder, 'a.socket')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const near = connect(path)
  const far = await new Promise<Socket>((resolve) => server.once('connection', resolve))
  t.after(() => {
    near.destroy()
    far.destroy()
    server.close()
    rmSync(folder, { recursive: true })
  })
  return [near, far]
}

/** What a link has heard, and a promise for the moment it has heard so many messages or its end. */
function heard(socket: Socket) {
  const messages: unknown[] = []
  let wake: () => void = () => {}
  let closed = false
  const link = new Link<unknown, unknown>(socket, {
    message: (message) => {
      messages.push(message)
      wake()
    },
    closed: () => {
      closed = true
      wake()
    },
  })
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { link, messages, until, isClosed: () => closed }
}

test('what is said in one turn goes in one frame, in order, both ways', async (t) => {
  const [near, far] = await pair(t)
  const frames: string[] = []
  near.on('data', (bytes: Buffer) => frames.push(bytes.toString()))
  const left = heard(near)
  const right = heard(far)
  for (const word of ['a', 'ü', '\n', '日本']) right.link.send({ word })
  left.link.send(1)
  await left.until(() => left.messages.length === 4)
  await right.until(() => right.messages.length === 1)
  assert.deepEqual(left.messages, [{ word: 'a' }, { word: 'ü' }, { word: '\n' }, { word: '日本' }])
  assert.equal(frames.join('').split('\n').length, 2)
})

test('frames may come in any pieces', async (t) => {
  const [near, far] = await pair(t)
  const right = heard(far)
  near.setNoDelay?.(true)
  for (const byte of Buffer.from('["日",2]\n[3]\n[4,')) {
    near.write(Buffer.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await right.until(() => right.messages.length === 3)
  assert.deepEqual(right.messages, ['日', 2, 3])
  near.write('5]\n')
  await right.until(() => right.messages.length === 5)
  assert.deepEqual(right.messages.slice(3), [4, 5])
})

for (const nonsense of ['{"not":"an array"}\n', 'GET / HTTP/1.1\r\n\r\n']) {
  test(`what is no frame ends the link: ${JSON.stringify(nonsense)}`, async (t) => {
    const [near, far] = await pair(t)
    const right = heard(far)
    near.write(nonsense)
    await right.until(right.isClosed)
    assert.deepEqual(right.messages, [])
    right.link.send('nobody hears it')
  })
}

test('what was said before the end is heard before the end', async (t) => {
  const [near, far] = await pair(t)
  const [left, right] = [heard(near), heard(far)]
  left.link.send('last')
  left.link.end()
  await right.until(right.isClosed)
  assert.deepEqual(right.messages, ['last'])
})
