import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ask } from './http-call.ts'
import type { RawUpstream } from './stage.ts'
import { startBehind } from './started.ts'

const ANSWER = '{"id":"resp_1","object":"response","status":"completed","output":[]}'

/** Each request as the caller wrote it and as it has to go up, `gpt-test` being the configured model. */
const requests: readonly (readonly [what: string, sent: string, forwarded: string])[] = [
  ['the model is replaced in its place', '{"model":"x","input":"hi"}', '{"model":"gpt-test","input":"hi"}'],
  ['an absent model is added', '{"input":"hi"}', '{"input":"hi","model":"gpt-test"}'],
  [
    'white space and the order of keys stay',
    ' {\r\n\t"z" : 1 , "input" :\n"hi" , "model":"x", "a":[ 1 ,2 ] } \n',
    ' {\r\n\t"z" : 1 , "input" :\n"hi" , "model":"gpt-test", "a":[ 1 ,2 ] } \n',
  ],
  [
    'unknown fields and item types stay',
    '{"input":[{"type":"quantum_call","phase":"final_answer","namespace":"mcp__x"}],"brand_new":{"a":null}}',
    '{"input":[{"type":"quantum_call","phase":"final_answer","namespace":"mcp__x"}],"brand_new":{"a":null},"model":"gpt-test"}',
  ],
  [
    'numbers keep every digit',
    '{"input":"hi","seed":123456789012345678901234567890,"x":1.10,"y":-0.0,"z":1E400}',
    '{"input":"hi","seed":123456789012345678901234567890,"x":1.10,"y":-0.0,"z":1E400,"model":"gpt-test"}',
  ],
  [
    'text of every kind stays as it was written',
    '{"input":"\\u00e9 é 😀 \\ud83d\\ude00 \\ud800 \\/ \\u0000 \\u2028"}',
    '{"input":"\\u00e9 é 😀 \\ud83d\\ude00 \\ud800 \\/ \\u0000 \\u2028","model":"gpt-test"}',
  ],
  [
    'duplicate keys of the caller stay',
    '{"input":"a","input":"b","metadata":{"k":"1","k":"2"}}',
    '{"input":"a","input":"b","metadata":{"k":"1","k":"2"},"model":"gpt-test"}',
  ],
  [
    'of duplicate models none gets past',
    '{"model":"a","input":"hi","model":"b","\\u006dodel":"c"}',
    '{"input":"hi","\\u006dodel":"gpt-test"}',
  ],
  [
    'encrypted reasoning stays',
    '{"input":[{"type":"reasoning","id":"rs_1","summary":[],"content":null,"encrypted_content":"gAAA+/=="}]}',
    '{"input":[{"type":"reasoning","id":"rs_1","summary":[],"content":null,"encrypted_content":"gAAA+/=="}],"model":"gpt-test"}',
  ],
]

test('a request goes up in the caller’s bytes, but for the model', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => json(response, ANSWER))
  for (const [what, sent, forwarded] of requests) {
    await ask(`${stage.url}/v1/responses`, { body: sent })
    assert.equal(lastBody(upstream), forwarded, what)
  }
})

test('the bytes around the model stay, whatever they are', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => json(response, ANSWER))
  const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
  const member = fc
    .tuple(space, fc.string({ unit: 'binary' }), space, fc.jsonValue(), space)
    .filter(([, key]) => key !== 'model' && key !== 'stream' && key.length > 0)
    .map(([a, key, b, value, c]) => `${a}${JSON.stringify(`x${key}`)}${b}:${JSON.stringify(value)}${c}`)
  const some = fc.array(member, { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(some, some, fc.jsonValue(), space, async (before, after, model, edge) => {
      const body = (name: string): string =>
        `${edge}{${[...before, `"input":"hi"`, `"model":${name}`, ...after].join(',')}}${edge}`
      await ask(`${stage.url}/v1/responses`, { body: body(`"${JSON.stringify(model).length}"`) })
      assert.equal(lastBody(upstream), body('"gpt-test"'))
    }),
    { numRuns: 60 },
  )
})

test('bytes that are no UTF-8 stay inside strings', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) => json(response, ANSWER))
  const body = (model: string): Buffer =>
    Buffer.concat([
      Buffer.from('{"input":"'),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from(`","model":"${model}"}`),
    ])
  await ask(`${stage.url}/v1/responses`, { body: body('x') })
  assert.deepEqual(upstream.requests.at(-1)?.body, body('gpt-test'))
})

test('chat requests keep their bytes too', async (t) => {
  const { stage, upstream } = await startBehind(t, (_body, response) =>
    json(response, '{"id":"c","choices":[]}'),
  )
  const body = (model: string): string =>
    `{ "messages":[{"role":"user","content":"hi","reasoning_content":"x"}] ,"model":"${model}", "verbosity":"low" }`
  await ask(`${stage.url}/v1/chat/completions`, { body: body('x') })
  assert.equal(lastBody(upstream), body('gpt-test'))
  assert.equal(upstream.requests.at(-1)?.path, '/v1/chat/completions')
})

const answers = [
  ANSWER,
  '\n {"object" : "response",\t"id":"resp_\\u0031","new":1.10,"status":"completed" ,"x":12345678901234567890}\r\n',
  '{"id":"resp_1","status":"completed","output":[{"type":"hologram","é":"😀"}],"usage":null,"usage":{"input_tokens":1}}',
  '{"status":"incomplete","incomplete_details":{"reason":"steered"}}',
]

test('a whole answer comes back in the bytes of the upstream, whatever pieces they came in', async (t) => {
  let answer = ''
  const { stage } = await startBehind(t, (_body, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (const byte of Buffer.from(answer)) response.write(Buffer.from([byte]))
    response.end()
  })
  for (answer of answers) {
    const { status, body, headers } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(status, 200)
    assert.equal(body.toString(), answer)
    assert.equal(headers['content-length'], String(Buffer.byteLength(answer)))
  }
})

test('an answer of another good status keeps it', async (t) => {
  const { stage } = await startBehind(t, (_body, response) => json(response, ANSWER, 202))
  const { status, text } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
  assert.deepEqual([status, text], [202, ANSWER])
})

const streams: readonly (readonly [what: string, path: string, stream: string])[] = [
  [
    'events as OpenAI writes them',
    '/v1/responses',
    'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}\n\n' +
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"é😀","sequence_number":1}\n\n' +
      'event: response.completed\ndata: {"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","status":"completed","usage":null}}\n\n',
  ],
  [
    'comments, ids, retries, unknown fields, empty data, carriage returns, several lines of data',
    '/v1/responses',
    '\ufeff: hello\r\n\r\nid: 7\r\nretry: 10\r\nevent: response.new_thing\r\ndata: {"type":\r\ndata: "response.new_thing"}\r\n\r\n' +
      ':\n\ndata\n\nsomething: else\n\nevent:response.completed\ndata:{"type":"response.completed","response":{"status":"completed"}}\n\n',
  ],
  [
    'bytes behind the last event',
    '/v1/responses',
    'data: {"type":"response.completed","response":{"status":"completed"}}\n\n: usage follows\n\ndata: [DONE]\n\n',
  ],
  [
    'the beginning of something behind the last event',
    '/v1/responses',
    'data: {"type":"response.completed","response":{"status":"completed"}}\n\n: without an end',
  ],
  [
    'chunks of a chat',
    '/v1/chat/completions',
    'data: {"id":"c","choices":[{"delta":{"role":"assistant","content":""}}]}\n\n' +
      'data: {"id":"c","choices":[{"delta":{"content":"é"},"logprobs":null}],"obfuscation":"x"}\n\n' +
      'data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
  ],
]

test('a stream comes back in the bytes of the upstream', async (t) => {
  let stream = ''
  const { stage } = await startBehind(t, (_body, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.end(stream)
  })
  for (const [what, path, text] of streams) {
    stream = text
    const body = { input: 'hi', messages: [], stream: true }
    const answer = await ask(stage.url + path, { body })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8')
    assert.equal(answer.text, stream, what)
  }
})

function json(response: import('node:http').ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(text)
}

function lastBody(upstream: RawUpstream): string | undefined {
  return upstream.requests.at(-1)?.body.toString()
}
