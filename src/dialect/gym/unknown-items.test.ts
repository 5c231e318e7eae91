import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AnswerTranslation } from '../translation.ts'
import { envelopeOf } from './reasoning-status.ts'
import { unknownItems } from './unknown-items.ts'

const origin = { operation: 'create', api: 'responses', scope: 'a' } as const
const message = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
}
const patch = { type: 'apply_patch_call', id: 'apc_1', call_id: 'call_1', status: 'completed', operation: {} }
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], status: null }

function step(mode: 'drop' | 'error', dropped: string[] = []): AnswerTranslation {
  const translation = unknownItems(mode, '0.5', (type) => dropped.push(type))
  const translated = translation.request(envelopeOf(Buffer.from('{"input":"hi"}')), origin)
  assert.ok(translated?.ok && translated.answer)
  return translated.answer
}

const bytes = (output: readonly unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ id: 'resp_1', output, usage: null }, null, 1))

describe('items that some release of Gym cannot read', () => {
  it('are dropped, and the others stay as they were', () => {
    const dropped: string[] = []
    const whole = step('drop', dropped).whole(bytes([reasoning, patch, message, { type: 'x' }]), false)
    assert.ok(whole.ok)
    assert.deepEqual(JSON.parse(whole.body.toString()), {
      id: 'resp_1',
      output: [reasoning, message],
      usage: null,
    })
    assert.deepEqual(dropped, ['apply_patch_call', 'x'])
  })

  it('are an error where that is wanted, and where nothing to act on would be left', () => {
    for (const answer of [
      step('error').whole(bytes([message, patch]), false),
      step('drop').whole(bytes([reasoning, patch]), false),
    ]) {
      assert.ok(!answer.ok)
      assert.match(answer.error.message ?? '', /apply_patch_call.*agents\.unknown_output_items/)
    }
  })

  it('depend on the release', () => {
    const translation = unknownItems('error', '0.6', () => assert.fail())
    const translated = translation.request(envelopeOf(Buffer.from('{}')), origin)
    assert.ok(translated?.ok && translated.answer)
    assert.ok(translated.answer.whole(bytes([message, patch]), false).ok)
    assert.ok(!translated.answer.whole(bytes([message, { ...patch, type: 'new_call' }]), false).ok)
  })

  it('cost an answer without them nothing: the same buffer comes back', () => {
    for (const mode of ['drop', 'error'] as const) {
      for (const body of [bytes([reasoning, message]), bytes([]), Buffer.from('{}'), Buffer.from('no')]) {
        const whole = step(mode).whole(body, false)
        assert.ok(whole.ok)
        assert.equal(whole.body, body)
      }
    }
  })

  it('pass in streams and in other operations', () => {
    const translation = unknownItems('drop', '0.5', () => assert.fail())
    for (const stream of ['true', '"yes"']) {
      assert.equal(translation.request(envelopeOf(Buffer.from(`{"stream":${stream}}`)), origin), null)
    }
    const body = envelopeOf(Buffer.from('{}'))
    assert.equal(translation.request(body, { ...origin, operation: 'compact' }), null)
  })
})
