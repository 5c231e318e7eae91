import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { ask, HttpCall } from './http-call.ts'
import { impatient, startBehind, startStage } from './started.ts'
import { until } from './until.ts'

const bodies = {
  '/v1/responses': { input: 'hi' },
  '/v1/chat/completions': { messages: [{ role: 'user', content: 'hi' }] },
}

/** Faults that pass when the request is sent again, before a streaming client has seen a byte of an answer. */
const passing =
  'server-error overloaded bad-gateway gateway-timeout unknown-error conflict reset-before-headers ' +
  'close-before-headers reset-after-headers empty-ok broken-json stream-error stream-error-late stream-error-only ' +
  'stream-error-flat stream-overloaded'

/** The same where the answer is collected whole. */
const passingWhole = `${passing} reset-in-body close-in-body truncated failed failed-late`

for (const path of ['/v1/responses', '/v1/chat/completions'] as const) {
  for (const stream of [false, true]) {
    test(
      `a fault is met again at most twice: ${path}, ${stream ? 'streamed' : 'whole'}`,
      { concurrency: 8 },
      async (t) => {
        await Promise.all(
          (stream ? passing : passingWhole).split(' ').map((fault) =>
            t.test(fault, async (t) => {
              const { simulator, url, log } = await startStage(t, { settings: { ...impatient } })
              simulator.control.fault(fault, { times: 2 })
              const { status, text } = await ask(url + path, { body: { ...bodies[path], stream } })
              assert.equal(status, 200)
              assert.equal(simulator.control.status.requests, 3)
              // What the client has is one good answer, with nothing of the two others.
              assert.equal(
                text.match(/response\.created|"role":"assistant"|"object":"response"/g) !== null,
                true,
              )
              assert.equal(
                (text.match(/event: response\.created\n/g) ?? []).length,
                stream && path === '/v1/responses' ? 1 : 0,
              )
              assert.doesNotMatch(text, /event: error|"error":\{/)
              assert.equal(
                log.some((line) => line.includes(' warn ')),
                false,
                log.join(''),
              )
            }),
          ),
        )
      },
    )
  }
}

test('how often is a setting, by Gym’s name for it too', async (t) => {
  for (const [setting, attempts] of [
    ['retry.max_attempts', 5],
    ['max_http_attempts', 2],
  ] as const) {
    const stage = await startStage(t, { settings: { ...impatient, [setting]: attempts } })
    stage.simulator.control.fault('server-error', { times: 10 })
    await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(stage.simulator.control.status.requests, attempts)
  }
})

test('a fault is not met again behind its deadline', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => response.writeHead(500, { 'retry-after': '200' }).end(),
    { settings: { ...impatient, 'retry.deadline_seconds': 100 } },
  )
  const { status } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.deepEqual([status, upstream.requests.length], [424, 1])
})

test('the deadline counts from the first fault', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => response.writeHead(500, { 'retry-after-ms': '200' }).end(),
    { settings: { ...impatient, 'retry.deadline_seconds': 0.3, 'retry.max_attempts': 10 } },
  )
  const { status } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.deepEqual([status, upstream.requests.length], [424, 2])
})

test('a request that was sent and not answered is tried again, and noted', async (t) => {
  let noted: boolean | undefined
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      noted = [...stage.server.frontDoor.active][0]?.possibleDoubleCharge
      if (upstream.requests.length === 1) response.destroy()
      else response.end('{"id":"resp_1","status":"completed"}')
    },
    { settings: { ...impatient } },
  )
  const { status } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.deepEqual([status, upstream.requests.length, noted], [200, 2, true])
})

const ambiguous =
  'reset-before-headers close-before-headers reset-after-headers bad-gateway gateway-timeout broken-json empty-ok ' +
  'reset-in-body truncated failed stream-error'

test(
  'with retry.ambiguous false, nothing that may have run is tried again',
  { concurrency: 8 },
  async (t) => {
    await Promise.all(
      `${ambiguous} server-error overloaded`.split(' ').map((fault) =>
        t.test(fault, async (t) => {
          const stage = await startStage(t, { settings: { ...impatient, 'retry.ambiguous': false } })
          stage.simulator.control.fault(fault, { times: 10 })
          await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
          assert.equal(stage.simulator.control.status.requests, ambiguous.includes(fault) ? 1 : 3)
        }),
      ),
    )
  },
)

for (const path of ['/v1/responses', '/v1/chat/completions'] as const) {
  for (const fault of ['reset-in-body', 'close-in-body', 'truncated']) {
    test(`nothing is tried again once the client has a byte: ${path}, ${fault}`, async (t) => {
      const { simulator, url } = await startStage(t, { settings: { ...impatient } })
      simulator.control.fault(fault, { times: 10 })
      const answer = await ask(url + path, { body: { ...bodies[path], stream: true } })
      assert.equal(answer.status, 200)
      assert.match(answer.text, /"category":"stream_truncated"/)
      assert.equal(simulator.control.status.requests, 1)
    })
  }
}

const created =
  'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}\n\n'
const failure =
  'event: error\ndata: {"type":"error","sequence_number":1,"error":{"code":"server_error","message":"it broke"}}\n\n' +
  'event: response.failed\ndata: {"type":"response.failed","sequence_number":2,"response":{"id":"resp_1","status":"failed"}}\n\n'
const completed =
  'event: response.completed\ndata: {"type":"response.completed","sequence_number":1,"response":{"id":"resp_1","status":"completed"}}\n\n'

test('the opening of a stream is held back until it is known what follows', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (upstream.requests.length > 1) return response.end(created + completed)
      response.write(created)
      response.end(failure)
    },
    { settings: { ...impatient, 'server.preamble_hold_seconds': 60 } },
  )
  const { text } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi', stream: true } })
  assert.equal(text, created + completed)
  assert.equal(upstream.requests.length, 2)
})

test('what has been held back for long enough is passed on, and then a failure is the upstream’s own', async (t) => {
  let open: ServerResponse | undefined
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      open = response
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(created)
    },
    { settings: { ...impatient, 'server.preamble_hold_seconds': 0.05 } },
  )
  const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream: true } })
  await call.receives(created)
  open?.end(failure)
  assert.equal((await call.answer()).text, created + failure)
  assert.equal(upstream.requests.length, 1)
})

test('the opening is held back for no longer, however late it comes', async (t) => {
  const { stage } = await startBehind(
    t,
    (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      // The first comment comes long after the moment, which had nothing to hold back yet.
      void until('a comment has been sent', () => call.text.includes(':')).then(() => response.write(created))
    },
    { settings: { 'server.preamble_hold_seconds': 0.05, 'server.header_wait_seconds': 0.3 } },
  )
  const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream: true } })
  await call.receives(created)
  call.leave()
})

test('a stream that breaks in its opening is tried again, and its numbers are forgotten', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(created)
      void until('a comment has been sent', () => call.text.includes(':')).then(() => response.destroy())
    },
    { settings: { ...impatient, 'server.preamble_hold_seconds': 60, 'server.header_wait_seconds': 0 } },
  )
  const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream: true } })
  const { status, text } = await call.answer()
  assert.equal(status, 200)
  assert.equal(upstream.requests.length, 3)
  assert.doesNotMatch(text, /resp_1|response\.created/)
  assert.match(text, /^: keep-alive\n\n\n\nevent: error\ndata: \{"type":"error","sequence_number":0,/)
})

test('a comment does not end the tries', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (_body, response) => {
      void until('a comment has been sent', () => call.text.includes(':')).then(() => {
        if (upstream.requests.length < 3) return response.writeHead(500).end()
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        return response.end(created + completed)
      })
    },
    { settings: { ...impatient, 'server.header_wait_seconds': 0 } },
  )
  const call = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi', stream: true } })
  const { text } = await call.answer()
  assert.equal(text, `: keep-alive\n\n${created}${completed}`)
  assert.equal(upstream.requests.length, 3)
})
