import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Call } from '../../src/call/call.ts'
import { ask, HttpCall } from './http-call.ts'
import type { RawUpstream, Stage } from './stage.ts'
import { impatient, startBehind, startStage } from './started.ts'
import { until } from './until.ts'

const ANSWER = '{"id":"resp_1","status":"completed"}'

/** An upstream whose answers the test holds in its hand, and that notices who leaves. */
class Held {
  readonly open: ServerResponse[] = []
  /** How many requests were broken off by Spotter. */
  aborted = 0

  take(response: ServerResponse): void {
    this.open.push(response)
    response.on('close', () => {
      if (!response.writableFinished) this.aborted += 1
    })
  }

  /** Answers everything that is open, and from now on what comes. */
  answerAll(body: string): void {
    for (const response of this.open) response.end(body)
    this.take = (response) => response.end(body)
  }

  async count(requests: number): Promise<void> {
    await until(`${requests} requests at the upstream`, () => this.open.length >= requests)
  }
}

async function startHeld(
  context: TestContext,
  settings: Record<string, number> = {},
): Promise<{ held: Held; stage: Stage; upstream: RawUpstream }> {
  const held = new Held()
  const started = await startBehind(context, (_body, response) => held.take(response), {
    settings: { ...impatient, ...settings },
  })
  return { held, ...started }
}

async function over(stage: Stage): Promise<void> {
  await until('every call is over', () => stage.server.frontDoor.active.size === 0)
}

for (const stream of [false, true]) {
  const kind = stream ? 'streamed' : 'whole'

  test(`a caller that leaves before the first byte frees the upstream at once: ${kind}`, async (t) => {
    const { held, stage, upstream } = await startHeld(t)
    const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream } })
    await held.count(1)
    call.leave()
    await until('the upstream is told', () => held.aborted === 1)
    await over(stage)
    assert.equal(upstream.requests.length, 1)
    const next = ask(`${stage.url}/v1/responses`, { body: { input: 'next' } })
    await held.count(2)
    held.open[1]?.end(ANSWER)
    assert.equal((await next).text, ANSWER, 'the connection was not spoiled for others')
    assert.equal(
      stage.log.some((line) => line.includes(' warn ')),
      false,
      'leaving is no failure',
    )
  })

  test(`a caller that leaves in the middle of an answer frees the upstream at once: ${kind}`, async (t) => {
    const { held, stage, upstream } = await startHeld(t)
    const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream } })
    await held.count(1)
    const type = stream ? 'text/event-stream' : 'application/json'
    const delta = 'event: response.output_text.delta\ndata: {"sequence_number":2}\n\n'
    held.open[0]?.writeHead(200, { 'content-type': type }).write(stream ? delta : '{"id":')
    if (stream) await call.receives(delta)
    else await until('the head has come', () => (active(stage)?.attempt?.status ?? 0) === 200)
    call.leave()
    await until('the upstream is told', () => held.aborted === 1)
    await over(stage)
    assert.equal(upstream.requests.length, 1)
  })

  test(`a caller that leaves in a back-off is not tried for again: ${kind}`, async (t) => {
    const settings = { 'retry.deadline_seconds': 7200, max_concurrent_requests: 1 }
    const { held, stage, upstream } = await startHeld(t, settings)
    const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream } })
    await held.count(1)
    held.open[0]?.writeHead(500, { 'retry-after': '3600' }).end()
    await until('the attempt has failed', () => active(stage)?.faultAttempts === 1)

    // Meanwhile it holds nothing: another call has the only place.
    const other = ask(`${stage.url}/v1/responses`, { body: { input: 'other' } })
    await held.count(2)
    call.leave()
    held.open[1]?.end(ANSWER)
    assert.equal((await other).status, 200)
    await over(stage)
    assert.equal(upstream.requests.length, 2)
  })

  test(`a caller that leaves the queue costs nothing upstream: ${kind}`, async (t) => {
    const { held, stage, upstream } = await startHeld(t, { max_concurrent_requests: 1 })
    const first = ask(`${stage.url}/v1/responses`, { body: { input: 'first' } })
    await held.count(1)
    const leaving = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'leaving', stream } })
    await until('it waits', () => waiting(stage) === 1)
    const staying = ask(`${stage.url}/v1/responses`, { body: { input: 'staying' } })
    await until('both wait', () => waiting(stage) === 2)
    leaving.leave()
    await until('one has left', () => waiting(stage) === 1)
    held.open[0]?.end(ANSWER)
    await held.count(2)
    held.open[1]?.end(ANSWER)
    assert.deepEqual([(await first).status, (await staying).status], [200, 200])
    await over(stage)
    assert.deepEqual(inputs(upstream), ['first', 'staying'])
  })

  test(`a caller that leaves while a rate limit is waited for is not sent again: ${kind}`, async (t) => {
    const { held, stage, upstream } = await startHeld(t)
    const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream } })
    await held.count(1)
    const error = { message: 'Please try again in 20m.', type: 'tokens', code: 'rate_limit_exceeded' }
    held.open[0]?.writeHead(429).end(JSON.stringify({ error }))
    await until('it was refused', () => active(stage)?.attempt?.failure?.retry === 'paced')
    call.leave()
    await over(stage)
    assert.equal(upstream.requests.length, 1)
  })
}

test('a caller that leaves while it still sends its request costs nothing', async (t) => {
  const { stage, upstream } = await startHeld(t)
  const { server } = stage.server.frontDoor
  const taken = once(server, 'connection') as Promise<[Socket]>
  const caller = connect(Number(new URL(stage.url).port))
  const part = 'POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"input":'
  caller.write(part)
  const [connection] = await taken
  await until('a part has come', () => connection.bytesRead === part.length)
  const gone = new Promise((resolve) => connection.once('close', resolve))
  caller.destroy()
  await gone
  assert.equal((await ask(stage.url)).status, 200)
  assert.equal(upstream.requests.length, 0)
})

test('a caller that leaves while Spotter still connects is not sent', async (t) => {
  const connections: Socket[] = []
  const host = createServer((socket) => {
    connections.push(socket)
    socket.on('error', () => {})
  })
  host.listen(0, '127.0.0.1')
  await once(host, 'listening')
  t.after(() => {
    for (const socket of connections) socket.destroy()
    host.close()
  })
  // A host that never answers the greeting of TLS.
  const { port } = host.address() as AddressInfo
  const stage = await startStage(t, { baseUrl: `https://127.0.0.1:${port}/v1` })
  const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  await until('Spotter connects', () => connections.length === 1)
  call.leave()
  await over(stage)
})

test('waiting callers are served in the order they came', async (t) => {
  const { held, stage, upstream } = await startHeld(t, { max_concurrent_requests: 1 })
  const calls: Promise<unknown>[] = []
  for (let index = 0; index < 20; index++) {
    calls.push(ask(`${stage.url}/v1/responses`, { body: { input: String(index) } }))
    if (index === 0) await held.count(1)
    else await until('it waits', () => waiting(stage) === index)
  }
  for (let index = 0; index < 20; index++) {
    await held.count(index + 1)
    assert.equal(held.open.length, index + 1)
    held.open[index]?.end(ANSWER)
  }
  await Promise.all(calls)
  assert.deepEqual(
    inputs(upstream),
    calls.map((_, index) => String(index)),
  )
})

test('five thousand wait, half of them leave, the others are served', async (t) => {
  const WAITING = 5000
  const PLACES = 4
  const { held, stage, upstream } = await startHeld(t, { max_concurrent_requests: PLACES })
  const calls: HttpCall[] = []
  const call = (input: string): void => {
    calls.push(new HttpCall(`${stage.url}/v1/responses`, { body: { input } }))
  }
  for (let index = 0; index < PLACES; index++) call('first')
  await held.count(PLACES)
  for (let index = 0; index < WAITING; index++) call(index % 2 === 0 ? 'staying' : 'leaving')
  await until('all wait', () => waiting(stage) === WAITING)

  const staying = calls.filter((_, index) => index < PLACES || index % 2 === 0)
  for (const one of calls) if (!staying.includes(one)) one.leave()
  await until('half have left', () => waiting(stage) === WAITING / 2)
  assert.equal(upstream.requests.length, PLACES)

  held.answerAll(ANSWER)
  for (const one of staying) assert.equal((await one.answer()).status, 200)
  await over(stage)
  assert.equal(upstream.requests.length, PLACES + WAITING / 2)
  assert.equal(inputs(upstream).includes('leaving'), false)
})

/** Calls that wait for their turn. */
function waiting(stage: Stage): number {
  let count = 0
  for (const call of stage.server.frontDoor.active) {
    if (call.attempts.length === 0 && call.onAbort !== null) count += 1
  }
  return count
}

function active(stage: Stage): Call | undefined {
  return [...stage.server.frontDoor.active][0]
}

function inputs(upstream: RawUpstream): unknown[] {
  return upstream.requests.map(({ body }) => (JSON.parse(body.toString()) as { input: unknown }).input)
}
