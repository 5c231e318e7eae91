import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from './http-call.ts'
import { impatient, startBehind, startStage } from './started.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly body?: string
  /** What goes up; `sent` where that is the same. */
  readonly forwarded?: string
  readonly answer: string
}

const operations: readonly Operation[] = [
  { method: 'GET', path: '/v1/responses/resp_1', answer: '{"id":"resp_1","status":"in_progress"}' },
  {
    method: 'GET',
    path: '/v1/responses/resp_1?include[]=a&include[]=b%20c',
    answer: '{"id":"resp_1","status":"completed"}',
  },
  { method: 'DELETE', path: '/v1/responses/resp_1', answer: '{"id":"resp_1","deleted":true}' },
  { method: 'POST', path: '/v1/responses/resp_1/cancel', answer: '{"id":"resp_1","status":"cancelled"}' },
  {
    method: 'GET',
    path: '/v1/responses/resp_1/input_items?limit=2&order=asc&after=msg_1',
    answer: '{"object":"list","data":[ ],"has_more":false}',
  },
  {
    method: 'POST',
    path: '/v1/responses/input_tokens',
    body: '{"input":"hi" }',
    forwarded: '{"input":"hi","model":"gpt-test" }',
    answer: '{"object":"response.input_tokens","input_tokens":8}',
  },
  {
    method: 'POST',
    path: '/v1/responses/compact',
    body: '{"model":"x","input":[] , "new":1}',
    forwarded: '{"model":"gpt-test","input":[] , "new":1}',
    answer: '{"id":"c_1","object":"response.compaction","output":[],"usage":null}',
  },
]

test('the operations on stored responses go up and come back unchanged', async (t) => {
  let answer = ''
  const { stage, upstream } = await startBehind(
    t,
    (_body, response, request) => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-method': request.method })
      response.end(answer)
    },
    { settings: { 'extra_body.temperature': 0.5 } },
  )
  for (const operation of operations) {
    answer = operation.answer
    const { method, path, body } = operation
    const { status, text } = await ask(stage.url + path, { method, ...(body ? { body } : {}) })
    assert.deepEqual([status, text], [200, answer], path)
    const seen = upstream.requests.at(-1)
    assert.equal(seen?.path, path)
    assert.equal(seen?.body.toString(), operation.forwarded ?? '', 'extra_body is for answers alone')
  }
  assert.equal(upstream.requests.length, operations.length)
})

test('a stored stream is taken up where the caller asks', async (t) => {
  const stream =
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":4}\n\n' +
    'event: response.completed\ndata: {"type":"response.completed","sequence_number":5,"response":{"status":"completed"}}\n\n'
  const { stage, upstream } = await startBehind(t, (_body, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(stream)
  })
  const path = '/v1/responses/resp_1?stream=true&starting_after=3'
  const { text } = await ask(stage.url + path)
  assert.equal(text, stream)
  assert.equal(upstream.requests[0]?.path, path)
  assert.equal(upstream.requests[0]?.headers.accept, 'text/event-stream')
})

test('a stored failure is an answer, not a failure of asking for it', async (t) => {
  const whole = '{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"it broke"}}'
  const stream =
    'event: error\ndata: {"type":"error","sequence_number":2,"error":{"code":"server_error","message":"it broke"}}\n\n' +
    `event: response.failed\ndata: {"type":"response.failed","sequence_number":3,"response":${whole}}\n\n`
  const { stage, upstream } = await startBehind(t, (_body, response, request) => {
    const streamed = request.url?.includes('stream=true')
    response.writeHead(200, { 'content-type': streamed ? 'text/event-stream' : 'application/json' })
    response.end(streamed ? stream : whole)
  })
  assert.equal((await ask(`${stage.url}/v1/responses/resp_1`)).text, whole)
  assert.equal((await ask(`${stage.url}/v1/responses/resp_1?stream=true&starting_after=1`)).text, stream)
  assert.equal(upstream.requests.length, 2)
})

test('a stored response that is not there is 404 at once', async (t) => {
  const stage = await startStage(t, { settings: { ...impatient } })
  const { status, json } = await ask(`${stage.url}/v1/responses/resp_gone`)
  assert.equal(status, 404)
  const { error } = json() as { error: { category: string; attempts: number } }
  assert.deepEqual([error.category, error.attempts], ['not_found', 1])
})

test('the other operations ask no leave of the quota', async (t) => {
  const { stage, upstream } = await startBehind(
    t,
    (body, response) => {
      if (body.length > 0) return
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"id":"resp_1","status":"in_progress"}')
    },
    { settings: { max_concurrent_requests: 1 } },
  )
  const held = ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } }).catch(() => undefined)
  const { status } = await ask(`${stage.url}/v1/responses/resp_1`)
  assert.equal(status, 200)
  await upstream.close()
  await stage.close()
  await held
})
