import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureWith } from '../../../test/support/failure.ts'
import type { Failure } from '../../call/outcome.ts'
import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { UNKNOWN_HOST } from './options.ts'
import { RefusedFields } from './refused-fields.ts'

const refusal = (upstreamMessage: string, param: string | null = null): Failure =>
  failureWith({ upstreamMessage, param })

function sent(...fields: readonly string[]): Envelope {
  const body = readEnvelope(
    Buffer.from(JSON.stringify(Object.fromEntries(fields.map((field) => [field, 1])))),
  )
  assert.ok(isEnvelope(body))
  return body
}

test('a field that the host does not know is left out from then on', () => {
  const said: string[] = []
  const fields = new RefusedFields(UNKNOWN_HOST, (sentence) => said.push(sentence))
  assert.equal(fields.options, UNKNOWN_HOST)
  const unknown = refusal('Unrecognized request argument supplied: reasoning_effort')
  assert.equal(fields.learn(unknown, sent('reasoning_effort')), true)
  // A call that was sent before the first one was refused.
  assert.equal(fields.learn(unknown, sent('reasoning_effort')), true)
  assert.equal(fields.learn(unknown, sent('model')), false)
  assert.deepEqual([...fields.options.refuses], ['reasoning_effort'])
  const strict = refusal('body -> user\n Extra inputs are not permitted (type=extra_forbidden)')
  assert.equal(fields.learn(strict, sent('user')), true)
  assert.equal(said.length, 2)
})

test('a cap on output gets its other name, once', () => {
  const fields = new RefusedFields(UNKNOWN_HOST)
  const unsupported = refusal(
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  )
  assert.equal(fields.learn(unsupported, sent('max_tokens')), true)
  assert.equal(fields.options.outputCap, 'max_completion_tokens')
  assert.equal(fields.learn(unsupported, sent('max_completion_tokens')), false)
  assert.equal(fields.options.outputCap, 'max_completion_tokens')
})

test('a wrong value, and what cannot be dispensed with, stay refused', () => {
  const fields = new RefusedFields(UNKNOWN_HOST)
  const all = sent('max_tokens', 'reasoning_effort', 'response_format', 'temperature')
  assert.equal(fields.learn(refusal('max_tokens is too large: 100000'), all), false)
  assert.equal(fields.learn(refusal('response_format is not supported by this model'), all), false)
  assert.equal(fields.learn(refusal("Unsupported value: 'temperature' does not support 0.5"), all), false)
  assert.equal(
    fields.learn({ ...refusal('reasoning_effort is not supported'), reason: 'permission' }, all),
    false,
  )
  assert.equal(fields.learn(refusal('Unknown name "max_tokens_x"'), all), false)
})

test('an order of roles that a template does not take is learnt, whatever the status', () => {
  const said: string[] = []
  const fields = new RefusedFields(UNKNOWN_HOST, (sentence) => said.push(sentence))
  const holding = (...roles: readonly string[]) => {
    const messages = roles.map((role) => ({ role, content: 'x' }))
    const body = readEnvelope(Buffer.from(JSON.stringify({ messages })))
    assert.ok(isEnvelope(body))
    return body
  }
  const late = { ...refusal('System message must be at the beginning.'), reason: 'server_error' as const }
  assert.equal(fields.learn(late, holding('system', 'user')), false)
  assert.equal(fields.learn(late, holding('system', 'user', 'system')), true)
  // A call that was sent before the first one was refused.
  assert.equal(fields.learn(late, holding('system', 'user', 'system')), true)
  assert.deepEqual(fields.options.roles, { system: 'first', alternating: false })
  assert.equal(said.length, 1)
  const alternate = refusal('Conversation roles must alternate user/assistant/user/assistant/...')
  assert.equal(fields.learn(alternate, holding('system', 'user', 'user')), true)
  assert.deepEqual(fields.options.roles, { system: 'first', alternating: true })
  assert.equal(fields.learn(alternate, holding('system', 'user')), true)
  assert.deepEqual(fields.options.roles, { system: 'nowhere', alternating: true })
  assert.equal(fields.learn(alternate, holding('user', 'assistant', 'user')), false)
})
