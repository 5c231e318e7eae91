import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureWith } from '../../test/support/failure.ts'
import { isEnvelope, readEnvelope, type Envelope } from '../lib/json-envelope.ts'
import { UpstreamStreaming } from './upstream-streaming.ts'

function streaming(setting: 'auto' | 'always' | 'never', openAi = true) {
  const notes: string[] = []
  return {
    notes,
    choice: new UpstreamStreaming({ setting, openAi, note: (sentence) => notes.push(sentence) }),
  }
}

function body(json: object): Envelope {
  const read = readEnvelope(Buffer.from(JSON.stringify(json)))
  if (!isEnvelope(read)) throw new Error('no JSON')
  return read
}

const plain = body({ input: 'hi' })

function count(choice: UpstreamStreaming, calls: number): number {
  return Array.from({ length: calls }, () => choice.wanted('responses', plain)).filter(Boolean).length
}

test('auto: the first calls to OpenAI, then few, and none to a host whose streams are not known', () => {
  const { choice } = streaming('auto')
  assert.equal(count(choice, 10), 10)
  const few = count(choice, 1000)
  assert.ok(few >= 20 && few <= 100, `${few} of a thousand`)
  assert.equal(count(streaming('auto', false).choice, 1000), 0)
})

test('always and never', () => {
  assert.equal(count(streaming('always', false).choice, 100), 100)
  assert.equal(count(streaming('never').choice, 100), 0)
})

test('work in the background is not streamed: its answer is there at once', () => {
  const { choice } = streaming('always')
  assert.equal(choice.wanted('responses', body({ input: 'hi', background: true })), false)
  assert.equal(choice.wanted('responses', body({ input: 'hi', background: false })), true)
})

test('chat is never streamed for a caller that wants one answer', () => {
  for (const setting of ['auto', 'always', 'never'] as const) {
    assert.equal(streaming(setting).choice.wanted('chat', plain), false)
  }
})

test('a host that refuses to stream is remembered, and said once', () => {
  for (const failure of [
    failureWith({ param: 'stream' }),
    failureWith({ upstreamMessage: 'Your organization must be verified to stream this model.' }),
  ]) {
    const { choice, notes } = streaming('always')
    assert.equal(choice.wanted('responses', plain), true)
    assert.equal(choice.refused(failure), true)
    // Sent before the first refusal came.
    assert.equal(choice.refused(failure), true)
    assert.equal(count(choice, 10), 0)
    assert.equal(notes.length, 1)
  }
})

test('other refusals have nothing to do with it', () => {
  const { choice, notes } = streaming('always')
  assert.equal(choice.refused(failureWith({ param: 'temperature' })), false)
  assert.equal(choice.refused(failureWith({ upstreamStatus: 500, param: 'stream' })), false)
  assert.equal(
    choice.refused(failureWith({ upstreamMessage: 'The stream ended.', upstreamStatus: 429 })),
    false,
  )
  assert.equal(choice.wanted('responses', plain), true)
  assert.deepEqual(notes, [])
})
