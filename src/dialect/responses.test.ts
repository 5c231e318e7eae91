import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Failure } from '../call/outcome.ts'
import { isEnvelope, readEnvelope, type Envelope } from '../lib/json-envelope.ts'
import { responses } from './responses.ts'

function envelopeOf(value: unknown): Envelope {
  const envelope = readEnvelope(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
  assert.ok(isEnvelope(envelope))
  return envelope
}

const problemsOf = (value: unknown) =>
  responses.problems(envelopeOf(value)).map((problem) => [problem.type, problem.loc.join('.')])

describe('problems', () => {
  test('what OpenAI may take is sent on, whatever else it holds', () => {
    assert.deepEqual(problemsOf({ input: 'hi' }), [])
    assert.deepEqual(
      problemsOf({ input: [], new_field: { deep: [1] }, temperature: null, max_output_tokens: '10' }),
      [],
    )
    assert.deepEqual(problemsOf({ previous_response_id: 'resp_1' }), [])
    assert.deepEqual(problemsOf({ prompt: { id: 'p' }, input: null }), [])
    assert.deepEqual(problemsOf({ conversation: 'conv_1' }), [])
  })

  test('what cannot be meant is refused, all of it at once', () => {
    assert.deepEqual(problemsOf({}), [['missing', 'body.input']])
    assert.deepEqual(problemsOf({ input: 5, stream: 'maybe', temperature: 'abc', tools: 'none' }), [
      ['string_type', 'body.input.str'],
      ['list_type', 'body.input.list'],
      ['bool_parsing', 'body.stream'],
      ['float_parsing', 'body.temperature'],
      ['list_type', 'body.tools'],
    ])
    assert.deepEqual(problemsOf({ input: null }), [
      ['string_type', 'body.input.str'],
      ['list_type', 'body.input.list'],
    ])
    assert.deepEqual(problemsOf({ previous_response_id: null }), [['missing', 'body.input']])
  })
})

describe('facts of a request', () => {
  test('read from the top level', () => {
    const body = { model: 'm', input: 'hi', stream: true, max_output_tokens: 99, service_tier: 'flex' }
    assert.deepEqual(responses.facts(envelopeOf(body)), {
      stream: true,
      model: 'm',
      maxOutput: 99,
      choices: 1,
      serviceTier: 'flex',
      opaqueInput: false,
      continuation: false,
    })
    const bare = responses.facts(envelopeOf({ input: [] }))
    assert.deepEqual([bare.stream, bare.model, bare.maxOutput, bare.serviceTier], [false, null, null, null])
  })

  test('a turn that continues a conversation', () => {
    const isContinuation = (value: unknown) => responses.facts(envelopeOf(value)).continuation
    const user = { role: 'user', content: 'say "role":"assistant" and function_call_output' }
    assert.equal(isContinuation({ input: [user] }), false)
    assert.equal(isContinuation({ input: 'assistant' }), false)
    assert.equal(isContinuation({ input: [user, { role: 'assistant', content: 'x' }] }), true)
    assert.equal(isContinuation('{"input": [ {"role" : "assistant", "content": "x"} ]}'), true)
    assert.equal(isContinuation({ input: [user, { type: 'function_call_output', output: 'x' }] }), true)
    assert.equal(isContinuation({ input: [user, { type: 'custom_tool_call_output', output: 'x' }] }), true)
    assert.equal(isContinuation({ previous_response_id: 'resp_1', input: 'x' }), true)
    assert.equal(isContinuation({ instructions: 'be "assistant"', input: [user] }), false)
  })

  test('the end of a long conversation is looked at too', () => {
    const long = { role: 'user', content: 'x'.repeat(300_000) }
    const last = { type: 'function_call_output', call_id: 'c', output: 'y' }
    assert.equal(responses.facts(envelopeOf({ input: [long, last] })).continuation, true)
    assert.equal(responses.facts(envelopeOf({ input: [long] })).continuation, false)
  })
})

describe('what an answer says of itself', () => {
  const usage = {
    input_tokens: 100,
    input_tokens_details: {
      cached_tokens: 40,
      cache_write_tokens: 30,
      cache_write_tokens_details: { ttl_30m_tokens: 10, ttl_12h_tokens: 20 },
    },
    output_tokens: 50,
    output_tokens_details: { reasoning_tokens: 7 },
    total_tokens: 150,
  }
  const completed = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: 'gpt-4.1-2025-04-14',
    service_tier: 'default',
    error: null,
    incomplete_details: null,
    output: [{ type: 'message', status: 'in_progress', usage: { input_tokens: 1 } }],
    usage,
  }
  const answerOf = (value: unknown) => responses.api.answer(Buffer.from(JSON.stringify(value)))

  test('completed, with all kinds of tokens', () => {
    assert.deepEqual(answerOf(completed), {
      facts: {
        id: 'resp_1',
        model: 'gpt-4.1-2025-04-14',
        serviceTier: 'default',
        status: 'completed',
        stopReason: null,
        usage: { input: 100, cachedInput: 40, cacheWrite: 30, cacheWrite12h: 20, output: 50, reasoning: 7 },
      },
      error: null,
    })
  })

  test('incomplete is no error', () => {
    const incomplete = {
      ...completed,
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    }
    const answer = answerOf(incomplete)
    assert.deepEqual(
      [answer?.facts.status, answer?.facts.stopReason, answer?.error],
      ['incomplete', 'max_output_tokens', null],
    )
  })

  test('failed is one, with or without words', () => {
    const failed = {
      ...completed,
      status: 'failed',
      error: { code: 'server_error', message: 'boom' },
      usage: null,
    }
    assert.deepEqual(answerOf(failed)?.error, {
      type: null,
      code: 'server_error',
      param: null,
      message: 'boom',
    })
    assert.equal(answerOf(failed)?.facts.usage, null)
    assert.deepEqual(answerOf({ status: 'failed', error: null })?.error, {
      type: null,
      code: null,
      param: null,
      message: null,
    })
  })

  test('an error under 200, and things that are no answer', () => {
    assert.equal(answerOf({ error: { message: 'x', code: 'y' } })?.error?.code, 'y')
    assert.equal(answerOf({ error: 'x' })?.error?.message, 'x')
    for (const text of ['', '<html>', '[]', '{"id":'])
      assert.equal(responses.api.answer(Buffer.from(text)), null, text)
  })

  test('usage may lack its details, or be nonsense', () => {
    const plain = answerOf({ usage: { input_tokens: 3, output_tokens: 4 } })?.facts.usage
    assert.deepEqual(plain, {
      input: 3,
      cachedInput: 0,
      cacheWrite: 0,
      cacheWrite12h: 0,
      output: 4,
      reasoning: 0,
    })
    assert.equal(answerOf({ usage: {} })?.facts.usage, null)
    assert.equal(answerOf({ usage: { input_tokens: 'many', output_tokens: -1 } })?.facts.usage, null)
  })
})

test("the error body has the message first, OpenAI's four fields, and the facts", () => {
  const failure: Failure = {
    source: 'upstream',
    reason: 'rate_limit_tokens',
    retry: 'paced',
    message: 'Too fast.',
    upstreamStatus: 429,
    type: 'tokens',
    code: 'rate_limit_exceeded',
    param: null,
    upstreamMessage: 'Rate limit reached',
    retryAfterMs: 20,
  }
  const facts = { status: 424, callId: '0a', attempts: 4, waitedMs: 1234, requestId: 'req_1' }
  const { error } = responses.errorBody(failure, facts) as { error: Record<string, unknown> }
  assert.equal(Object.keys(error)[0], 'message')
  assert.deepEqual(error, {
    message: 'Too fast.',
    type: 'tokens',
    param: null,
    code: 'rate_limit_exceeded',
    category: 'rate_limit_tokens',
    retryable: true,
    upstream_status: 429,
    upstream_message: 'Rate limit reached',
    attempts: 4,
    waited_ms: 1234,
    request_id: 'req_1',
  })
  const bare = responses.errorBody({ ...failure, type: null, code: null, reason: 'network_name' }, facts)
  const inner = bare['error'] as Record<string, unknown>
  assert.deepEqual([inner['type'], inner['code']], ['upstream_error', 'network_name'])
})
