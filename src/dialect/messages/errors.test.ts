import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Failure } from '../../call/outcome.ts'
import { isEnvelope, readEnvelope } from '../../lib/json-envelope.ts'
import { jsonProblem } from '../problems.ts'
import { messagesEvents } from '../../../test/fixtures/messages/read-message.ts'
import { failureWith } from '../../../test/support/failure.ts'
import {
  messagesErrorBody,
  messagesErrorEvents,
  messagesErrorType,
  messagesRefusal,
  messagesStatus,
} from './errors.ts'

const failure = (changes: Partial<Failure> = {}): Failure =>
  failureWith({
    reason: 'rate_limit_tokens',
    retry: 'paced',
    message: 'OpenAI limits the tokens per minute.',
    upstreamStatus: 429,
    type: 'tokens',
    code: 'rate_limit_exceeded',
    ...changes,
  })
const facts = { status: 424, callId: '0a', attempts: 3, waitedMs: 1500, requestId: 'req_1' }

describe('errors', () => {
  it("have Anthropic's shape, and say how hard it was tried", () => {
    assert.deepEqual(messagesErrorBody(failure(), facts), {
      type: 'error',
      error: {
        type: 'rate_limit_error',
        message: 'OpenAI limits the tokens per minute.',
        details: {
          reason: 'rate_limit_tokens',
          code: 'rate_limit_exceeded',
          upstream_status: 429,
          upstream_request_id: 'req_1',
          attempts: 3,
          waited_ms: 1500,
        },
      },
      request_id: '0a',
    })
  })

  it('have the type and status Anthropic would give them', () => {
    const expected: readonly (readonly [Failure['reason'], string, number])[] = [
      ['bad_request', 'invalid_request_error', 400],
      ['authentication', 'authentication_error', 401],
      ['quota', 'billing_error', 402],
      ['permission', 'permission_error', 403],
      ['model_not_found', 'not_found_error', 404],
      ['body_too_large', 'request_too_large', 413],
      ['slow_down', 'rate_limit_error', 429],
      ['server_error', 'api_error', 500],
      ['timeout', 'timeout_error', 504],
      ['overloaded', 'overloaded_error', 529],
    ]
    for (const [reason, type, status] of expected) {
      assert.equal(messagesErrorType(failure({ reason })), type)
      assert.equal(messagesStatus(failure({ reason })), status)
    }
  })

  it('tell Claude Code that the conversation is too long in the words it looks for', () => {
    const body = JSON.stringify(
      messagesErrorBody(failure({ reason: 'context_overflow', message: 'Too much.' }), facts),
    )
    assert.ok(body.includes('"prompt is too long: Too much."'))
  })

  it('end a stream with one event', () => {
    const events = messagesEvents(messagesErrorEvents(failure(), facts))
    assert.deepEqual(events, [messagesErrorBody(failure(), facts)])
  })

  it('name every problem of a request, and carry details that a client acts on', () => {
    const problems = [
      { type: 'value_error', loc: ['body', 'top_k'], msg: 'Leave top_k out.', input: 5 },
      { type: 'missing', loc: ['body', 'messages'], msg: 'A request needs messages.', input: null },
    ]
    const message = 'top_k: Leave top_k out. messages: A request needs messages.'
    assert.deepEqual(messagesRefusal(problems, '0a'), {
      status: 400,
      message,
      body: {
        type: 'error',
        error: { type: 'invalid_request_error', message, details: { problems } },
        request_id: '0a',
      },
    })
    const details = { error_code: 'thread_unsupported_request', unsupported: ['thread'] }
    const [first] = problems
    assert.ok(first)
    const refusal = messagesRefusal([{ ...first, ctx: details }], '0a')
    assert.deepEqual((refusal.body['error'] as { details: unknown }).details, details)
  })

  it('say what is wrong with a body that is no JSON object', () => {
    const messageOf = (text: string) => {
      const problem = readEnvelope(Buffer.from(text))
      assert.ok(!isEnvelope(problem))
      return messagesRefusal([jsonProblem(problem)], '').message
    }
    assert.equal(messageOf(''), 'The body is empty: send a JSON object.')
    assert.equal(messageOf('[1]'), 'The body must be a JSON object.')
    assert.match(messageOf('{"a":}'), /^The body is not valid JSON: .+ \(byte 5\)\.$/)
  })
})
