import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureWith } from '../../../test/support/failure.ts'
import type { Failure } from '../../call/outcome.ts'
import { ApiChoice } from './api-choice.ts'
import { isMissingApi } from './errors.ts'

function refusal(
  upstreamStatus: number,
  upstreamMessage: string | null,
  more: Partial<Failure> = {},
): Failure {
  return failureWith({ reason: 'not_found', upstreamStatus, upstreamMessage, ...more })
}

test('a path that nobody answers is a missing API, as hosts tell it', () => {
  const refusals: readonly (readonly [number, string | null])[] = [
    [404, null],
    [404, 'Not Found'],
    [404, '404 page not found'],
    [404, 'Invalid URL (POST /v1/responses)'],
    [404, 'Unknown request URL: POST /openai/v1/responses. Please check the URL for typos.'],
    [404, 'Cannot POST /v1/responses'],
    [404, 'no Route matched with those values'],
    [405, 'Method Not Allowed'],
    [501, 'Not Implemented'],
    [400, 'The Responses API is not supported for this model.'],
    [400, 'This model does not support the responses API'],
    [400, 'Unsupported endpoint: /v1/responses'],
    [500, 'POST /v1/responses not implemented'],
  ]
  for (const [status, message] of refusals)
    assert.ok(isMissingApi(refusal(status, message)), `${status} ${message}`)
})

test('anything else is about the request, the key, or the moment', () => {
  const others: readonly Failure[] = [
    refusal(404, 'The model `x` does not exist.', { reason: 'model_not_found' }),
    refusal(404, 'Model x not found'),
    refusal(404, "Item with id 'rs_1' not found."),
    refusal(404, "Response with id 'resp_1' not found."),
    refusal(404, 'No endpoints found that support this model'),
    refusal(400, "Unknown parameter: 'input[0].phase'.", { reason: 'bad_request' }),
    refusal(401, 'Unauthorized', { reason: 'authentication' }),
    refusal(403, 'You have no access to the Responses API: not enabled', { reason: 'permission' }),
    refusal(429, 'Too Many Requests', { reason: 'rate_limit' }),
    refusal(500, 'Internal Server Error', { reason: 'server_error' }),
    refusal(404, null, { source: 'gateway' }),
  ]
  for (const failure of others) assert.ok(!isMissingApi(failure), failure.upstreamMessage ?? '')
})

test('the first refusal decides, and one of Chat takes that back', () => {
  const heard: boolean[] = []
  const choice = new ApiChoice('auto', (chats) => heard.push(chats))
  assert.equal(choice.chats, false)
  assert.equal(choice.refused('responses', refusal(429, null, { reason: 'rate_limit' })), false)
  assert.equal(choice.refused('responses', refusal(404, null)), true)
  assert.equal(choice.chats, true)
  // Another call that was on its way the old way goes the new way, too.
  assert.equal(choice.refused('responses', refusal(404, null)), true)
  assert.equal(choice.refused('chat', refusal(404, null)), false)
  assert.equal(choice.chats, false)
  assert.deepEqual(heard, [true, false])
})

test('what the configuration says is not learnt otherwise', () => {
  const chat = new ApiChoice('chat')
  assert.equal(chat.chats, true)
  assert.equal(chat.refused('chat', refusal(404, null)), false)
  assert.equal(chat.chats, true)
  const responses = new ApiChoice('responses')
  assert.equal(responses.refused('responses', refusal(404, null)), false)
  assert.equal(responses.chats, false)
})
