import assert from 'node:assert/strict'
import { Agent, request as httpRequest, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { APIError } from 'openai'
import { ask, HttpCall } from './http-call.ts'
import { impatient, startBehind, startClient, startStage } from './started.ts'
import { until } from './until.ts'

const COMMENT = ': keep-alive\n\n'

interface Sample {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
}

const responses: Sample = {
  path: '/v1/responses',
  body: { input: 'hi', stream: true },
  events: [
    'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}\n\n',
    'data: {"type":"response.output_text.delta","sequence_number":1,"delta":"é"}\r\n\r\n',
    'event: response.output_text.delta\ndata: {"sequence_number":2,"delta":"😀"}\n\n',
    'event: response.completed\ndata: {"sequence_number":3,"response":{"status":"completed"}}\n\n',
  ],
}

const chat: Sample = {
  path: '/v1/chat/completions',
  body: { messages: [], stream: true },
  events: [
    'data: {"id":"c","choices":[{"delta":{"role":"assistant","content":""}}]}\n\n',
    'data: {"id":"c","choices":[{"delta":{"content":"é😀"}}]}\n\n',
    'data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    'data: [DONE]\n\n',
  ],
}

function begin(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream' })
}

for (const { path, body, events } of [responses, chat]) {
  test(`an event is passed on the moment it comes: ${path}`, async (t) => {
    let send: (text: string) => void = () => {}
    const { stage, upstream } = await startBehind(t, (_body, response) => {
      begin(response)
      send = (text) => response.write(text)
    })
    const call = new HttpCall(stage.url + path, { body })
    await until('the call is sent on', () => upstream.requests.length === 1)
    const [opening = '', first = '', ...others] = events
    send(opening + first)
    await call.receives(opening + first)
    let sent = opening + first
    for (const event of others.slice(0, -1)) {
      // The upstream says no more before the client has what was said.
      send(event)
      sent += event
      await call.receives(sent)
    }
    send(others.at(-1) ?? '')
    // The upstream keeps its connection open; the client's answer ends all the same.
    assert.equal((await call.answer()).text, events.join(''))
  })

  test(`a stream may be split anywhere: ${path}`, async (t) => {
    const stream = Buffer.from(`${events.join('')}: bye\n\n`)
    let split = 0
    const { stage } = await startBehind(t, async (_body, response) => {
      begin(response).flushHeaders()
      response.write(stream.subarray(0, split))
      // Two turns: one for the bytes to arrive, one for them to be read.
      await turn()
      await turn()
      response.end(stream.subarray(split))
    })
    const agent = new Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    for (split = 0; split <= stream.length; split++) {
      assert.equal(await collected(stage.url + path, body, agent), stream.toString(), `split at ${split}`)
    }
  })

  test(`a stream may come byte by byte: ${path}`, async (t) => {
    const stream = Buffer.from(events.join(''))
    const { stage } = await startBehind(t, async (_body, response) => {
      begin(response).flushHeaders()
      for (const byte of stream) {
        response.write(Buffer.from([byte]))
        await turn()
      }
      response.end()
    })
    assert.equal((await ask(stage.url + path, { body })).text, stream.toString())
  })

  test(`a silent upstream does not keep the client from its headers: ${path}`, async (t) => {
    const settings = { 'server.header_wait_seconds': 0.05, 'server.comment_interval_seconds': 0.05 }
    const { stage } = await startBehind(t, () => {}, { settings })
    const call = new HttpCall(stage.url + path, { body })
    const head = await call.head()
    assert.equal(head.statusCode, 200)
    assert.equal(head.headers['content-type'], 'text/event-stream; charset=utf-8')
    assert.equal(head.headers['cache-control'], 'no-cache')
    assert.equal(head.headers['x-accel-buffering'], 'no')
    await call.receives(COMMENT.repeat(3))
    assert.equal(call.text.replaceAll(COMMENT, ''), '')
    call.leave()
  })

  test(`comments stand between events only: ${path}`, async (t) => {
    const settings = { 'server.header_wait_seconds': 0.05, 'server.comment_interval_seconds': 0.05 }
    let send: (text: string) => void = () => {}
    const { stage, upstream } = await startBehind(
      t,
      (_body, response) => {
        begin(response)
        send = (text) => response.write(text)
      },
      { settings },
    )
    const call = new HttpCall(stage.url + path, { body })
    await until('the call is sent on', () => upstream.requests.length === 1)
    const commented = (): number => call.text.split(COMMENT).length - 1
    for (const event of events) {
      const middle = event.indexOf('"') + 3
      for (const half of [event.slice(0, middle), event.slice(middle)]) {
        send(half)
        const before = commented()
        await until('one more comment', () => commented() > before || call.text.includes(events.at(-1) ?? ''))
      }
    }
    const { text } = await call.answer()
    assert.equal(text.replaceAll(COMMENT, ''), events.join(''))
    for (const part of text.split(COMMENT).slice(0, -1)) assert.match(part, /^$|\n\n$|\r\n\r\n$/)
  })

  test(`without an interval there are no comments: ${path}`, async (t) => {
    const settings = { 'server.header_wait_seconds': 0.05, 'server.comment_interval_seconds': 0 }
    let end: () => void = () => {}
    const { stage } = await startBehind(
      t,
      (_body, response) => {
        end = () => begin(response).end(events.join(''))
      },
      { settings },
    )
    const call = new HttpCall(stage.url + path, { body })
    assert.equal((await call.head()).statusCode, 200)
    end()
    assert.equal((await call.answer()).text, events.join(''))
  })

  test(`the last event is never invented: ${path}`, async (t) => {
    const { stage } = await startBehind(t, (_body, response) =>
      begin(response).end(events.slice(0, -1).join('')),
    )
    const { text } = await ask(stage.url + path, { body })
    assert.ok(text.startsWith(events.slice(0, -1).join('')))
    assert.match(text, /"category":"stream_truncated"/)
    assert.doesNotMatch(text, /response\.completed|response\.incomplete|\[DONE\]/)
  })
}

test('a whole answer is not begun before it is there', async (t) => {
  const settings = { 'server.header_wait_seconds': 0.02, 'server.comment_interval_seconds': 0.02 }
  let answer: () => void = () => {}
  const { stage, upstream } = await startBehind(
    t,
    (body, response) => {
      if (!body.includes('"stream"')) answer = () => response.writeHead(500).end()
    },
    { settings: { ...settings, 'retry.max_attempts': 1 } },
  )
  const whole = new HttpCall(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  await until('the call is sent on', () => upstream.requests.length === 1)
  const streamed = new HttpCall(`${stage.url}/v1/responses`, { body: responses.body })
  await streamed.receives(COMMENT.repeat(3))
  assert.equal(whole.status, null)
  answer()
  assert.equal((await whole.answer()).status, 424)
  streamed.leave()
})

for (const how of ['reset-in-body', 'close-in-body', 'truncated', 'stall']) {
  test(`an upstream that dies in mid-stream ends in an error the SDK throws: ${how}`, async (t) => {
    const settings = { ...impatient, 'upstream.idle_seconds': 1 }
    const { openai, stage } = await startClient(t, { settings })
    stage.simulator.control.fault(how, { times: 2 })
    const code = how === 'stall' ? 'timeout' : 'stream_truncated'

    const types: string[] = []
    await assert.rejects(
      async () => {
        for await (const event of await openai.responses.create({ model: 'x', input: 'hi', stream: true })) {
          types.push(event.type)
        }
      },
      (error) => error instanceof APIError && (error.error as { category: string }).category === code,
    )
    assert.ok(types.includes('response.created') && !types.includes('response.completed'))

    let text = ''
    const messages = [{ role: 'user' as const, content: 'hi there' }]
    await assert.rejects(
      async () => {
        for await (const chunk of await openai.chat.completions.create({
          model: 'x',
          messages,
          stream: true,
        })) {
          text += chunk.choices[0]?.delta.content ?? ''
        }
      },
      (error) => error instanceof APIError && (error.error as { category: string }).category === code,
    )
    assert.ok(text.length > 0)
  })
}

test('an event that the upstream left unfinished is not passed on', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => {
    begin(response).write(
      responses.events.slice(0, 2).join('') + 'event: response.output_text.delta\ndata: {"del',
      () => response.destroy(),
    )
  })
  const { text } = await ask(stage.url + responses.path, { body: responses.body })
  const rest = text.slice(responses.events.slice(0, 2).join('').length)
  assert.match(
    rest,
    /^\n\nevent: error\ndata: \{"type":"error","sequence_number":2,"error":\{.+\}\}\n\nevent: response\.failed\n/,
  )
  assert.match(rest, /"sequence_number":3,"response":\{"id":"resp_1"/)
})

test('an upstream that does not stream is answered with what it sent', async (t) => {
  const object = '{"id":"resp_1","object":"response","status":"completed"}'
  const { stage } = await startBehind(t, (_body, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(object)
  })
  const { text, headers } = await ask(stage.url + responses.path, { body: responses.body })
  assert.deepEqual([text, headers['content-type']], [object, 'application/json'])
})

test('it cannot be once the stream has begun, and says so', async (t) => {
  const settings = { 'server.header_wait_seconds': 0 }
  const { stage } = await startBehind(
    t,
    (_body, response) => {
      void until('the stream has begun', () => call.text.includes(COMMENT)).then(() =>
        response.end('{"id":"resp_1"}'),
      )
    },
    { settings },
  )
  const call = new HttpCall(stage.url + responses.path, { body: responses.body })
  const { text } = await call.answer()
  assert.match(
    text,
    /^: keep-alive\n\n\n\nevent: error\ndata: .*a single object.*\n\nevent: response\.failed\n/,
  )
})

test('upstream_streaming: a caller who wants the whole gets it out of the last event', async (t) => {
  const stage = await startStage(t, { settings: { upstream_streaming: 'always' } })
  const { status, json, headers } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(json()['status'], 'completed')
  assert.equal(stage.simulator.control.requests[0]?.stream, true)
})

test('upstream_streaming: auto streams the first calls, and to OpenAI only', async (t) => {
  const stage = await startStage(t, { settings: { upstream_preset: 'openai' } })
  for (let call = 0; call < 20; call++) {
    const { json } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(json()['status'], 'completed')
  }
  const streamed = stage.simulator.control.requests.map(({ stream }) => stream)
  assert.deepEqual([streamed[0], streamed[19]], [true, false])

  const other = await startStage(t)
  await ask(`${other.url}/v1/responses`, { body: { input: 'hi' } })
  assert.equal(other.simulator.control.requests[0]?.stream, false)
})

test('upstream_streaming: where the organisation may not stream, the call goes again without, and no other is tried', async (t) => {
  const stage = await startStage(t, { settings: { upstream_streaming: 'always' } })
  stage.simulator.control.fault('error', {
    times: 1,
    status: 400,
    code: 'unsupported_value',
    message: 'Your organization must be verified to stream this model.',
  })
  for (let call = 0; call < 2; call++) {
    const { status, json } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(status, 200)
    assert.equal(json()['status'], 'completed')
  }
  const streamed = stage.simulator.control.requests.map(({ stream }) => stream)
  assert.deepEqual(streamed, [true, false, false])
  assert.equal(stage.log.filter((line) => line.includes('refuses to stream')).length, 1)
})

test('upstream_streaming: a model may think for as long as without', async (t) => {
  const final = { id: 'resp_1', object: 'response', status: 'completed', output: [] }
  const event = (type: string, response: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, response })}\n\n`
  const { stage } = await startBehind(
    t,
    (_request, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(event('response.created', { ...final, status: 'in_progress' }))
      setTimeout(() => response.end(event('response.completed', final)), 1300)
    },
    { settings: { upstream_streaming: 'always', 'upstream.idle_seconds': 1, 'retry.max_attempts': 1 } },
  )
  const { status, json } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.equal(status, 200)
  assert.equal(json()['id'], 'resp_1')
})

/** A whole answer over one of the agent's connections. */
function collected(url: string, body: unknown, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}
