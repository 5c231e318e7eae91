import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { objectOf } from '../json-value.ts'
import type { WholeAnswer } from '../translation.ts'
import { idleAnswers } from './idle-answers.ts'
import { envelopeOf } from './reasoning-status.ts'

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [] }
const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: {} }
const message = { type: 'message', id: 'msg_1', content: [] }
const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }

/** Plays answers of one conversation, or of several, and says which came back changed. */
function played(
  most: number,
  turns: readonly (readonly [scope: string, output: unknown, status?: string])[],
) {
  const translation = idleAnswers(most)
  return turns.map(([scope, output, status = 'completed']) => {
    const body = Buffer.from(JSON.stringify({ id: 'r', status, incomplete_details: null, output }, null, 1))
    const translated = translation.request(envelopeOf(Buffer.from('{}')), {
      operation: 'create',
      api: 'responses',
      scope,
    })
    assert.ok(translated?.ok && translated.answer)
    const whole = translated.answer.whole(body, false)
    assert.ok(whole.ok)
    return whole.body === body ? null : (JSON.parse(whole.body.toString()) as Record<string, unknown>)
  })
}

describe('answers that lead nowhere', () => {
  it('end the conversation when there are enough of them in a row', () => {
    const [first, second, third] = played(3, [
      ['a', []],
      ['a', [reasoning]],
      ['a', [reasoning, search]],
    ])
    assert.deepEqual([first, second], [null, null])
    assert.equal(third?.['status'], 'incomplete')
    assert.deepEqual(third?.['incomplete_details'], { reason: 'max_output_tokens' })
    assert.deepEqual(third?.['output'], [reasoning, search])
    const { spotter_reason } = objectOf(third?.['metadata'])
    assert.equal(spotter_reason, 'idle_answers')
  })

  it('begin anew behind words or a call', () => {
    for (const item of [message, call, { ...call, type: 'custom_tool_call' }]) {
      const turns = played(2, [
        ['a', []],
        ['a', [reasoning, item]],
        ['a', [reasoning]],
      ])
      assert.deepEqual(turns, [null, null, null])
    }
  })

  it('are counted for each conversation by itself', () => {
    const turns = played(2, [
      ['a', []],
      ['b', []],
      ['a', []],
    ])
    assert.deepEqual(
      turns.map((turn) => turn !== null),
      [false, false, true],
    )
  })

  it('are none where the host cut the answer off', () => {
    const cut = ['a', [], 'incomplete'] as const
    assert.deepEqual(played(1, [cut, cut]), [null, null])
  })

  it('are none where the answer is no object of the kind', () => {
    const translation = idleAnswers(1)
    const translated = translation.request(envelopeOf(Buffer.from('{}')), {
      operation: 'create',
      api: 'responses',
      scope: 'a',
    })
    assert.ok(translated?.ok && translated.answer)
    for (const text of ['', 'x', '{}', '{"status":"completed"}', '{"status":"completed","output":"text"}']) {
      const body = Buffer.from(text)
      const whole: WholeAnswer = translated.answer.whole(body, false)
      assert.ok(whole.ok)
      assert.equal(whole.body, body)
    }
  })
})
