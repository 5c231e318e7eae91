import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { failureWith } from '../../../test/support/failure.ts'
import type { Failure } from '../../call/outcome.ts'
import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { leavesNoRoom, mostOutputIn } from './output-room.ts'

function sent(body: object): Envelope {
  const envelope = readEnvelope(Buffer.from(JSON.stringify(body)))
  assert.ok(isEnvelope(envelope))
  return envelope
}

const refusal = (reason: Failure['reason'], upstreamMessage: string | null): Failure =>
  failureWith({ reason, upstreamMessage })

const capped = sent({ max_tokens: 32_000 })

/** As hosts have said it: what was asked for does not fit behind the prompt. */
const noRoom = [
  "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 1000 input tokens (32000 > 32768 - 1000).",
  "This model's maximum context length is 32768 tokens. However, you requested 32000 output tokens and your prompt contains at least 769 input tokens, for a total of at least 32769 tokens.",
  "This model's maximum context length is 32768 tokens. However, you requested 33000 tokens (1000 in the messages, 32000 in the completion). Please reduce the length of the messages or completion.",
]

test('a cap for which there is no room is told from a prompt that is too long', () => {
  for (const message of noRoom) {
    const failure = refusal('context_overflow', message)
    assert.equal(leavesNoRoom(failure, capped, 'max_tokens'), true, message)
    assert.equal(leavesNoRoom(failure, sent({ messages: [] }), 'max_tokens'), false)
    assert.equal(leavesNoRoom(refusal('bad_request', message), capped, 'max_tokens'), false)
  }
  const overflow =
    "This model's maximum context length is 32768 tokens. However, your messages resulted in 40000 tokens. Please reduce the length of the messages."
  assert.equal(leavesNoRoom(refusal('context_overflow', overflow), capped, 'max_tokens'), false)
  assert.equal(leavesNoRoom(refusal('context_overflow', null), capped, 'max_tokens'), false)
})

test('the most that a model can write is read out of the refusal of more', () => {
  const told: readonly (readonly [string, number | null])[] = [
    [
      'max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.',
      16_384,
    ],
    [
      '`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model',
      8192,
    ],
    ['max_tokens exceeds the limit of 4,096', 4096],
    ['max_tokens is too large: 32000', null],
    ['max_tokens must be at least 1', null],
    ['temperature must be at most 2', null],
  ]
  for (const [message, most] of told) {
    assert.equal(mostOutputIn(refusal('bad_request', message), capped, 'max_tokens'), most, message)
  }
  const [message] = told[0]!
  assert.equal(mostOutputIn(refusal('context_overflow', message), capped, 'max_tokens'), null)
  assert.equal(mostOutputIn(refusal('bad_request', message), capped, 'max_completion_tokens'), null)
})

test('property: what is read is less than what was asked for', () => {
  const words = fc.array(
    fc.oneof(fc.constantFrom('max_tokens', 'at most', 'too large'), fc.nat().map(String)),
  )
  fc.assert(
    fc.property(words, fc.nat({ max: 100_000 }), (text, asked) => {
      const most = mostOutputIn(
        refusal('bad_request', text.join(' ')),
        sent({ max_tokens: asked }),
        'max_tokens',
      )
      assert.ok(most === null || (most < asked && most >= 16))
    }),
  )
})
