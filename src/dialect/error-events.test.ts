import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import OpenAI, { APIError } from 'openai'
import { failureWith } from '../../test/support/failure.ts'
import { chatCompletions } from './chat-completions.ts'
import type { FailureFacts } from './dialect.ts'
import { ResponsesMeter } from './responses-meter.ts'
import { responses } from './responses.ts'

const failure = failureWith({
  reason: 'stream_truncated',
  retry: 'unsafe',
  message: 'OpenAI broke off in the middle of its answer.',
  upstreamStatus: null,
})
const facts: FailureFacts = {
  status: 424,
  callId: '0a',
  attempts: 2,
  waitedMs: 5,
  requestId: 'req_1',
  responseId: 'resp_1',
}

/** How a stream begins, whole events only, or with the last one cut off. */
const beginnings: Record<string, string> = {
  '/v1/responses':
    'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}}\n\n',
  '/v1/chat/completions':
    'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","created":1,"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}\n\n',
}

describe('error events, read by the official SDK', () => {
  let server: Server
  let client: OpenAI

  before(async () => {
    server = createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const dialect = request.url === '/v1/responses' ? responses : chatCompletions
      response.end((beginnings[request.url ?? ''] ?? '') + dialect.errorEvents(failure, facts, 1))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none', maxRetries: 0 })
  })

  after(() => {
    server.closeAllConnections()
    server.close()
  })

  async function eventsUntilError(
    stream: AsyncIterable<unknown>,
  ): Promise<{ events: number; error: unknown }> {
    let events = 0
    try {
      for await (const _ of stream) events++
    } catch (error) {
      return { events, error }
    }
    return assert.fail('the stream ended as if nothing had happened')
  }

  function assertTold(error: unknown): void {
    assert.ok(error instanceof APIError)
    assert.match(error.message, /broke off in the middle/)
    assert.deepEqual([error.code, error.type], ['stream_truncated', 'upstream_error'])
    assert.equal((error.error as { attempts?: number }).attempts, 2)
  }

  test('responses.create({stream: true})', async () => {
    const stream = await client.responses.create({ model: 'm', input: 'x', stream: true })
    const { events, error } = await eventsUntilError(stream)
    assert.equal(events, 1)
    assertTold(error)
  })

  test('responses.stream()', async () => {
    const { error } = await eventsUntilError(client.responses.stream({ model: 'm', input: 'x' }))
    assertTold(error)
  })

  test('chat.completions.create({stream: true})', async () => {
    const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true })
    const { events, error } = await eventsUntilError(stream)
    assert.equal(events, 1)
    assertTold(error)
  })
})

test('a Responses stream ends in both events, numbered on, as OpenAI ends one itself', () => {
  const meter = new ResponsesMeter()
  meter.push(Buffer.from(responses.errorEvents(failure, facts, 7)))
  assert.equal(meter.ended, true)
  assert.equal(meter.nextSequence, 9)
  assert.deepEqual(
    [meter.failure?.code, meter.facts.id, meter.facts.status],
    ['stream_truncated', 'resp_1', 'failed'],
  )
})

test('an event that the upstream left unfinished does not swallow ours', () => {
  const meter = new ResponsesMeter()
  meter.push(Buffer.from('event: response.output_text.delta\ndata: {"type":"resp'))
  meter.push(Buffer.from(responses.errorEvents(failure, facts, 7)))
  assert.equal(meter.failure?.code, 'stream_truncated')
})

test('a Chat stream that failed has no [DONE]', () => {
  assert.doesNotMatch(chatCompletions.errorEvents(failure, facts, 0), /DONE/)
})
