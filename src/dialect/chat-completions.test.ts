import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { isEnvelope, readEnvelope, type Envelope } from '../lib/json-envelope.ts'
import { ChatCompletionsMeter } from './chat-completions-meter.ts'
import { chatCompletions } from './chat-completions.ts'

function envelopeOf(value: unknown): Envelope {
  const envelope = readEnvelope(Buffer.from(JSON.stringify(value)))
  assert.ok(isEnvelope(envelope))
  return envelope
}

const user = { role: 'user', content: 'finish_reason "tool" "assistant"' }

describe('requests', () => {
  const problemsOf = (value: unknown) =>
    chatCompletions.problems(envelopeOf(value)).map((problem) => [problem.type, problem.loc.join('.')])

  test('problems', () => {
    assert.deepEqual(problemsOf({ messages: [user], stop: ['a'], verbosity: 'low', tools: null }), [])
    assert.deepEqual(problemsOf({}), [['missing', 'body.messages']])
    assert.deepEqual(problemsOf({ messages: null }), [['list_type', 'body.messages']])
    assert.deepEqual(problemsOf({ messages: 'hi' }), [['list_type', 'body.messages']])
    assert.deepEqual(problemsOf({ messages: [], n: 'two' }), [['int_parsing', 'body.n']])
  })

  test('facts', () => {
    const body = { model: 'm', messages: [user], stream: 'true', max_tokens: 5, n: 3, service_tier: 'auto' }
    assert.deepEqual(chatCompletions.facts(envelopeOf(body)), {
      stream: true,
      model: 'm',
      maxOutput: 5,
      choices: 3,
      serviceTier: 'auto',
      continuation: false,
    })
    const both = {
      messages: [user, { role: 'assistant', content: 'x' }],
      max_tokens: 5,
      max_completion_tokens: 7,
    }
    const facts = chatCompletions.facts(envelopeOf(both))
    assert.deepEqual([facts.maxOutput, facts.continuation, facts.stream, facts.choices], [7, true, false, 1])
  })
})

describe('unary answers', () => {
  test('what one says of itself', () => {
    const message = { role: 'assistant', content: 'the "finish_reason": "length" of it' }
    const body = {
      id: 'chatcmpl-1',
      model: 'gpt-4.1',
      choices: [{ index: 0, message, logprobs: null, finish_reason: 'tool_calls' }],
      usage: {
        prompt_tokens: 8,
        prompt_tokens_details: { cached_tokens: 6 },
        completion_tokens: 5,
        completion_tokens_details: { reasoning_tokens: 2 },
      },
      service_tier: 'default',
    }
    assert.deepEqual(chatCompletions.api.answer(Buffer.from(JSON.stringify(body, null, 2))), {
      facts: {
        id: 'chatcmpl-1',
        model: 'gpt-4.1',
        serviceTier: 'default',
        status: null,
        stopReason: 'tool_calls',
        usage: { input: 8, cachedInput: 6, cacheWrite: 0, cacheWrite12h: 0, output: 5, reasoning: 2 },
      },
      error: null,
    })
  })

  test('an error under 200, and no answer at all', () => {
    const error = { message: 'x', type: 't', param: null, code: 'c' }
    assert.deepEqual(chatCompletions.api.answer(Buffer.from(JSON.stringify({ error })))?.error, error)
    assert.equal(chatCompletions.api.answer(Buffer.from('<html>')), null)
  })

  test('one that the host gave up on', () => {
    const errorOf = (body: object) => chatCompletions.api.answer(Buffer.from(JSON.stringify(body)))?.error
    const choice = { index: 0, message: { role: 'assistant', content: 'par' }, finish_reason: 'error' }
    const nothing = { type: null, code: null, param: null }
    assert.deepEqual(errorOf({ choices: [choice] }), { ...nothing, message: 'finish_reason is "error"' })
    const inside = { ...choice, error: { code: 502, message: 'overloaded' } }
    assert.deepEqual(errorOf({ choices: [inside] }), { ...nothing, message: 'overloaded' })
    const beside = { choices: [choice], error: { message: 'boom', code: 'c' } }
    assert.deepEqual(errorOf(beside), { ...nothing, code: 'c', message: 'boom' })
    assert.equal(errorOf({ choices: [{ ...choice, finish_reason: 'stop' }], error: null }), null)
  })
})

const chunk = (delta: object | null, reason: string | null, usage: object | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'gpt-4.1',
  service_tier: 'default',
  choices: delta ? [{ index: 0, delta, logprobs: null, finish_reason: reason }] : [],
  usage,
})
const wire = (chunks: unknown[]) => chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
const done = 'data: [DONE]\n\n'
const first = chunk({ role: 'assistant', content: '', refusal: null }, null)
const text = chunk({ content: 'Grüße "usage": {"x":1} "finish_reason":"stop" 🎈' }, null)
const last = chunk({}, 'stop')
const usage = chunk(null, null, { prompt_tokens: 8, completion_tokens: 5, total_tokens: 13 })

function measure(stream: string, splitAt: readonly number[] = []): ChatCompletionsMeter {
  const meter = new ChatCompletionsMeter()
  const bytes = Buffer.from(stream)
  let from = 0
  for (const at of [...splitAt, bytes.length]) {
    meter.push(bytes.subarray(from, at))
    from = at
  }
  return meter
}

const stateOf = (meter: ChatCompletionsMeter) => ({
  preamble: meter.preamble,
  ended: meter.ended,
  failure: meter.failure,
  facts: meter.facts,
})

describe('streams', () => {
  test('a whole one', () => {
    assert.deepEqual(stateOf(measure(wire([first, text, last, usage]) + done)), {
      preamble: false,
      ended: true,
      failure: null,
      facts: {
        id: 'chatcmpl-1',
        model: 'gpt-4.1',
        serviceTier: 'default',
        status: null,
        stopReason: 'stop',
        usage: { input: 8, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output: 5, reasoning: 0 },
      },
    })
  })

  test('the role alone is no content', () => {
    assert.equal(measure(wire([first])).preamble, true)
    assert.equal(measure(wire([first, text])).preamble, false)
    assert.equal(measure(wire([chunk({ role: 'assistant', content: 'Hi' }, null)])).preamble, false)
    assert.equal(measure(wire([chunk({ tool_calls: [{ index: 0, id: 'c' }] }, null)])).preamble, false)
    assert.equal(measure(wire([last])).preamble, false)
  })

  test('without usage, without [DONE], without the last chunk', () => {
    assert.equal(measure(wire([first, text, last]) + done).facts.usage, null)
    assert.equal(measure(wire([first, text, last])).ended, false)
    assert.equal(measure(wire([first, text])).facts.stopReason, null)
  })

  test('errors: a chunk of its own, an event of that name, one inside an ordinary chunk', () => {
    const error = { message: 'x', type: 'server_error', param: null, code: 'c' }
    assert.deepEqual(measure(wire([{ error }])).failure, error)
    assert.deepEqual(measure(wire([first, text, { error }])).failure, error)
    assert.deepEqual(
      measure(`${wire([first, text])}event: error\ndata: ${JSON.stringify({ error })}\n\n`).failure,
      error,
    )
    assert.deepEqual(measure(wire([first, text, { ...chunk({}, 'error'), error }])).failure, error)
    assert.equal(measure(wire([first, { ...text, error: null }])).failure, null)
    assert.equal(
      measure(wire([first, text, chunk({}, 'error')])).failure?.message,
      'finish_reason is "error"',
    )
  })

  test('every split of the bytes gives the same', () => {
    const stream = wire([first, text, last, usage]) + done
    const expected = stateOf(measure(stream))
    for (let at = 1; at < Buffer.byteLength(stream); at++)
      assert.deepEqual(stateOf(measure(stream, [at])), expected)
  })

  test('property: any bytes are measured without throwing', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'data: {"error"',
        'data: {"id":1,"usage":{',
        '"finish_reason":"',
        '\n\n',
        'data: [DONE]',
        'data: null\n\n',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const meter = new ChatCompletionsMeter()
        for (const one of pieces) meter.push(Buffer.from(one))
        assert.ok(meter.facts)
      }),
    )
  })
})
