import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { responsesEvents } from '../../../test/fixtures/messages/responses-events.ts'
import { failureWith } from '../../../test/support/failure.ts'
import { messagesErrorEvents, messagesRefusal } from './errors.ts'
import { objectsOf, type JsonObject } from '../json-value.ts'
import { toResponses } from './request.ts'
import { toMessage } from './response.ts'
import { MessagesStream } from './stream.ts'

const thought = {
  type: 'reasoning',
  summary: [{ type: 'summary_text', text: 'I should look.' }],
  encrypted_content: 'gAAAAB',
}
const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 15 },
}
const tool = {
  name: 'get_weather',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
}
const asked = {
  model: 'claude-x',
  max_tokens: 500,
  thinking: { type: 'enabled' as const, budget_tokens: 1024 },
  tools: [tool],
}

/** OpenAI's side: looks in three cities, one after the other, then answers. Keeps what it was sent. */
class Model {
  readonly requests: JsonObject[] = []

  answer(request: JsonObject): JsonObject {
    this.requests.push(request)
    const turn = objectsOf(request['input']).filter((item) => item['type'] === 'function_call').length
    const city = ['Lima', 'Ōsaka', 'Bonn'][turn]
    const last =
      city === undefined
        ? {
            type: 'message',
            id: 'msg_1',
            role: 'assistant',
            content: [{ type: 'output_text', text: 'Warm — 暖かい.', annotations: [] }],
          }
        : {
            type: 'function_call',
            id: `fc_${turn}`,
            call_id: `call_${turn}`,
            name: 'get_weather',
            arguments: JSON.stringify({ city }),
          }
    const output = [{ ...thought, id: `rs_${turn}` }, last]
    return { id: `resp_${turn}`, status: 'completed', output, usage, service_tier: 'default' }
  }
}

/** A client of the translations alone, without a network. */
function client(model: Model): Anthropic {
  return new Anthropic({
    apiKey: 'none',
    baseURL: 'http://127.0.0.1',
    maxRetries: 0,
    fetch: (_url, init) => {
      const translated = toResponses(JSON.parse(String(init?.body)))
      if (!translated.ok) {
        const { body, status } = messagesRefusal(translated.problems, '0a')
        return Promise.resolve(Response.json(body, { status }))
      }
      const response = model.answer(translated.body)
      if (translated.facts.stream) {
        const stream = new MessagesStream(translated.plan).push(Buffer.from(responsesEvents(response)))
        return Promise.resolve(new Response(stream, { headers: { 'content-type': 'text/event-stream' } }))
      }
      const message = toMessage(response, translated.plan)
      assert.ok(message.ok)
      return Promise.resolve(Response.json(message.message))
    },
  })
}

/** Answers tool calls until the model makes none. */
async function loop(
  ask: (messages: Anthropic.MessageParam[]) => Promise<Anthropic.Message>,
): Promise<Anthropic.Message> {
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Where is it warm?' }]
  for (;;) {
    const answer = await ask(messages)
    const uses = answer.content.filter((block) => block.type === 'tool_use')
    if (uses.length === 0) return answer
    assert.equal(answer.stop_reason, 'tool_use')
    messages.push({ role: 'assistant', content: answer.content })
    messages.push({
      role: 'user',
      content: uses.map((use) => ({
        type: 'tool_result',
        tool_use_id: use.id,
        content: JSON.stringify(use.input),
      })),
    })
  }
}

describe("Anthropic's own client", () => {
  it('finishes a task of three calls, streamed and not, to the same end', async () => {
    const streaming = new Model()
    const waiting = new Model()
    const streamed = await loop((messages) =>
      client(streaming)
        .messages.stream({ ...asked, messages })
        .finalMessage(),
    )
    const unary = await loop((messages) => client(waiting).messages.create({ ...asked, messages }))
    assert.deepEqual(streamed.content, unary.content)
    assert.equal(streamed.stop_reason, 'end_turn')
    assert.equal(streamed.usage.input_tokens, 10)
    assert.equal(streamed.usage.cache_read_input_tokens, 60)
    assert.equal(streamed.usage.cache_creation_input_tokens, 30)
    assert.equal(streamed.usage.output_tokens, unary.usage.output_tokens)
    assert.deepEqual(
      streaming.requests.map((request) => ({ ...request, stream: undefined })),
      waiting.requests.map((request) => ({ ...request, stream: undefined })),
    )
    const last = objectsOf(streaming.requests.at(-1)?.['input'])
    assert.deepEqual(
      last.map((item) => item['id'] ?? item['call_id'] ?? item['role']),
      ['user', 'rs_0', 'fc_0', 'call_0', 'rs_1', 'fc_1', 'call_1', 'rs_2', 'fc_2', 'call_2'],
    )
    assert.equal(last[4]?.['encrypted_content'], 'gAAAAB')
    assert.equal(last[6]?.['output'], '{"city":"Ōsaka"}')
  })

  it('sends everything again by itself when its message thread is refused', async () => {
    const model = new Model()
    const cities: unknown[] = []
    const runner = client(model).beta.messages.toolRunner({
      ...asked,
      messages: [{ role: 'user', content: 'Where is it warm?' }],
      tools: [
        { ...tool, run: (input: unknown) => (cities.push(input), 'mild'), parse: (input: unknown) => input },
      ],
    })
    const last = await runner
    assert.equal(last.stop_reason, 'end_turn')
    assert.deepEqual(cities, [{ city: 'Lima' }, { city: 'Ōsaka' }, { city: 'Bonn' }])
    assert.equal(model.requests.length, 4)
  })

  it('sees a failure in the stream as the error it is', async () => {
    const failure = failureWith({
      reason: 'overloaded',
      retry: 'safe',
      message: 'OpenAI is overloaded.',
      upstreamStatus: 200,
    })
    const facts = { status: 200, callId: '0a', attempts: 1, waitedMs: 0, requestId: null }
    const events = responsesEvents({ id: 'resp_1', status: 'completed', output: [] }).split(/(?<=\n\n)/u)
    const plan = {
      model: 'm',
      thinking: 'hidden',
      stopSequences: [],
      toolNames: new Map(),
      reportsEdits: false,
    } as const
    const begun = new MessagesStream(plan).push(Buffer.from(events[0] ?? ''))
    const anthropic = new Anthropic({
      apiKey: 'none',
      maxRetries: 0,
      fetch: () =>
        Promise.resolve(
          new Response(begun + messagesErrorEvents(failure, facts), {
            headers: { 'content-type': 'text/event-stream' },
          }),
        ),
    })
    const stream = anthropic.messages.stream({ ...asked, messages: [{ role: 'user', content: 'x' }] })
    await assert.rejects(stream.finalMessage(), (error) => {
      assert.ok(error instanceof Anthropic.APIError)
      assert.equal(error.type, 'overloaded_error')
      return true
    })
  })
})
