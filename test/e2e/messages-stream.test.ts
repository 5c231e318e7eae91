import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { JsonObject } from '../../src/dialect/json-value.ts'
import { openLedger } from '../../src/store/open-ledger.ts'
import { messagesEvents, readMessage } from '../fixtures/messages/read-message.ts'
import { responsesEvents } from '../fixtures/messages/responses-events.ts'
import { saying, startAnthropic } from './anthropic.ts'
import { ask, HttpCall } from './http-call.ts'
import type { RawUpstream, Stage, StageOptions } from './stage.ts'
import { impatient, startBehind } from './started.ts'
import { until } from './until.ts'

const PING = 'event: ping\ndata: {"type":"ping"}\n\n'

const usage = { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 5 }
const thought = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: 'Hm — é.' }],
  encrypted_content: 'gAAAA=',
}
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'get', arguments: '{"a":"é😀"}' }

function says(text: string): JsonObject {
  return {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
}

function response(...output: readonly JsonObject[]): JsonObject {
  return { id: 'resp_1', object: 'response', status: 'completed', output, usage }
}

/** The events of an answer, one by one. */
function eventsOf(answer: JsonObject): readonly string[] {
  return responsesEvents(answer).split(/(?<=\n\n)/u)
}

const asked = { ...saying('hi'), stream: true, thinking: { type: 'enabled', budget_tokens: 2000 } }

interface Conversation {
  readonly stage: Stage
  readonly upstream: RawUpstream
  readonly client: HttpCall
  /** What the upstream says next. */
  send(text: string): void
  reply(): ServerResponse
}

/** A streamed call whose upstream says what the test says, when it says it. */
async function converse(
  context: TestContext,
  body: unknown = asked,
  options: StageOptions = {},
): Promise<Conversation> {
  let latest: ServerResponse | null = null
  const { stage, upstream } = await startBehind(
    context,
    (_body, reply) => {
      latest = reply.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_up' })
    },
    options,
  )
  const client = new HttpCall(`${stage.url}/v1/messages?beta=true`, { body })
  await until('the call is sent on', () => upstream.requests.length === 1)
  const reply = () => {
    assert.ok(latest)
    return latest
  }
  return { stage, upstream, client, reply, send: (text) => reply().write(text) }
}

test('what an event says is passed on the moment it comes', async (t) => {
  const { client, send, upstream } = await converse(t)
  assert.equal(upstream.requests[0]?.path, '/v1/responses')
  const said: string[] = []
  const waitFor = async (text: string) => {
    said.push(text)
    await client.receives(text)
  }
  for (const event of eventsOf(response(thought, says('one two'), call))) {
    send(event)
    const delta = /"delta":"([^"]+)"/.exec(event)?.[1]
    if (event.includes('reasoning_summary_text.delta')) await waitFor(`"thinking":${JSON.stringify(delta)}`)
    if (event.includes('output_text.delta')) await waitFor(`"text":${JSON.stringify(delta)}`)
    if (event.includes('"call_1"')) await waitFor('"id":"call_1"')
  }
  // The upstream keeps its connection open; the client's answer ends all the same.
  const { text, headers } = await client.answer()
  assert.ok(said.length > 6)
  assert.match(String(headers['content-type']), /^text\/event-stream/)
  assert.equal(headers['x-request-id'], 'req_up')
  assert.match(String(headers['request-id']), /^[0-9a-f]{32}$/)
  const message = readMessage(text)
  assert.equal(message['stop_reason'], 'tool_use')
  assert.deepEqual(
    (message['content'] as JsonObject[]).map(({ type, text: words, thinking, input }) => ({
      type,
      is: words ?? thinking ?? input,
    })),
    [
      { type: 'thinking', is: 'Hm — é.' },
      { type: 'text', is: 'one two' },
      { type: 'tool_use', is: { a: 'é😀' } },
    ],
  )
})

test('a stream may come byte by byte', async (t) => {
  const answer = Buffer.from(responsesEvents(response(says('ää 😀'))))
  const { stage } = await startBehind(t, async (_body, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    for (const byte of answer) {
      reply.write(Buffer.from([byte]))
      await turn()
    }
    reply.end()
  })
  const { text } = await ask(`${stage.url}/v1/messages`, { body: asked })
  assert.equal((readMessage(text)['content'] as JsonObject[])[0]?.['text'], 'ää 😀')
})

test('a silent upstream is bridged by pings, also before the first event', async (t) => {
  const settings = { 'server.header_wait_seconds': 0.05, 'server.comment_interval_seconds': 0.05 }
  const { client, send } = await converse(t, asked, { settings })
  await client.receives(PING.repeat(2))
  assert.equal(client.text.replaceAll(PING, ''), '')
  for (const event of eventsOf(response(says('hello')))) {
    send(event)
    const pings = client.text.split(PING).length
    await until(
      'one more ping',
      () => client.text.split(PING).length > pings || client.text.includes('_stop'),
    )
  }
  const { text } = await client.answer()
  assert.doesNotMatch(text, /^:/m)
  assert.equal((readMessage(text)['content'] as JsonObject[])[0]?.['text'], 'hello')
})

const errorEvents =
  'event: error\ndata: {"type":"error","error":{"type":"server_error","code":"server_error","message":"Oh."}}\n\n'

const deaths: Readonly<Record<string, (reply: ServerResponse) => void>> = {
  'an error event': (reply) => reply.write(errorEvents),
  'response.failed': (reply) =>
    reply.write(
      'event: response.failed\ndata: {"response":{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"Oh."}}}\n\n',
    ),
  'an end without a last event': (reply) => reply.end(),
  'a lost connection': (reply) => reply.destroy(),
  'an event that is no JSON': (reply) => reply.write('event: response.output_text.delta\ndata: {"del\n\n'),
  'an item that Messages has no form for': (reply) =>
    reply.write(
      'event: response.output_item.added\ndata: {"output_index":9,"item":{"type":"shell_call"}}\n\n' +
        'event: response.output_item.done\ndata: {"output_index":0,"item":{"type":"message","content":[]}}\n\n',
    ),
}

for (const [how, dies] of Object.entries(deaths)) {
  test(`after content, the stream ends in an error event: ${how}`, async (t) => {
    const { client, send, reply, stage, upstream } = await converse(t, asked, { settings: impatient })
    const events = eventsOf(response(says('hello there')))
    const first = events.findIndex((event) => event.includes('output_text.delta'))
    send(events.slice(0, first + 1).join(''))
    await client.receives('text_delta')
    dies(reply())
    const { text, status, headers } = await client.answer()
    assert.equal(status, 200)
    const last = messagesEvents(text).at(-1) as { type: string; error: JsonObject; request_id: string }
    assert.deepEqual([last.type, last.error['type']], ['error', 'api_error'])
    assert.equal(last.request_id, headers['request-id'])
    assert.doesNotMatch(text, /message_stop|message_delta/)
    assert.ok(stage.log.some((line) => line.includes(String(last.error['message']).slice(0, 80))))
    assert.equal(upstream.requests.length, 1)
  })
}

test('a stop sequence ends the answer, and the upstream’s with it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'spotter-messages-'))
  const settings = { 'ledger.enabled': true, 'ledger.directory': directory }
  const body = { ...saying('hi'), stream: true, stop_sequences: ['three'] }
  const { client, send, reply, stage } = await converse(t, body, { settings })
  const left = new Promise((resolve) => reply().on('close', resolve))
  const events = eventsOf(response(says('one two three four five')))
  send(events.filter((event) => !event.includes('completed') && !event.includes('done')).join(''))
  const message = readMessage((await client.answer()).text)
  assert.deepEqual([message['stop_reason'], message['stop_sequence']], ['stop_sequence', 'three'])
  assert.equal((message['content'] as JsonObject[])[0]?.['text'], 'one two ')
  await left
  await stage.server.close()
  const queries = openLedger(directory)
  t.after(() => queries.close())
  const { calls, completed, estimated } = queries.totals()
  assert.deepEqual([calls, completed, estimated], [1, 1, 1])
})

test('the ledger has the dialect of the caller and the tokens of the upstream', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'spotter-messages-'))
  const settings = { 'ledger.enabled': true, 'ledger.directory': directory }
  const { anthropic, stage } = await startAnthropic(t, { settings, model: 'gpt-6-sol' })
  const whole = await anthropic.messages.create(saying('hello there'))
  const streamed = await anthropic.messages.stream(saying('hello there')).finalMessage()
  await stage.server.close()
  const queries = openLedger(directory)
  t.after(() => queries.close())
  const [row] = queries.sumsBy('dialect').groups
  assert.equal(row?.key, 'messages')
  assert.deepEqual(
    [row.calls, row.completed, row.input, row.output, row.estimated],
    [
      2,
      2,
      whole.usage.input_tokens + streamed.usage.input_tokens,
      whole.usage.output_tokens + streamed.usage.output_tokens,
      0,
    ],
  )
  assert.ok(row.microDollars > 0)
})

test('a caller who leaves takes the upstream’s stream along', async (t) => {
  const { client, send, reply } = await converse(t)
  const left = new Promise((resolve) => reply().on('close', resolve))
  send(
    eventsOf(response(says('hello')))
      .slice(0, 6)
      .join(''),
  )
  await client.receives('text_delta')
  client.leave()
  await left
})

test('a reader that stops holds the upstream back, and loses nothing', async (t) => {
  const piece = 'x'.repeat(65_536)
  const events = eventsOf(response(says('')))
  const delta = `event: response.output_text.delta\ndata: ${JSON.stringify({ output_index: 0, content_index: 0, delta: piece })}\n\n`
  const place = events.findIndex((event) => event.includes('content_part.added'))
  const stream = [...events.slice(0, place + 1), ...Array<string>(400).fill(delta), ...events.slice(-1)]
  let written = 0
  const { stage } = await startBehind(t, (_body, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' })
    const write = (): void => {
      while (written < stream.length) {
        const event = stream[written++] ?? ''
        if (!reply.write(event)) {
          reply.once('drain', write)
          return
        }
      }
      reply.end()
    }
    write()
  })
  const client = new HttpCall(`${stage.url}/v1/messages`, { body: asked })
  await client.head()
  client.pause()
  let before = -1
  let quiet = 0
  await until('the upstream has to wait', () => {
    quiet = written === before ? quiet + 1 : 0
    before = written
    return quiet > 50
  })
  // What the operating system holds on two connections is less than half of it.
  assert.ok(written < stream.length * 0.6, `${written} of ${stream.length} events were taken`)
  client.resume()
  const { text } = await client.answer()
  assert.equal(text.split('"text_delta"').length - 1, 400)
  assert.match(text, /event: message_stop\n.+\n\n$/)
})
