import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { overflowAnswer } from './overflow-answer.ts'

const overflow = { callId: '0'.repeat(32), model: 'gpt-test', at: 1_700_000_000_900, message: 'Too long.' }

describe('the answer in place of a context overflow', () => {
  it('is one that was cut off before its first token', () => {
    const answer = JSON.parse(overflowAnswer({ ...overflow, metadata: undefined }).toString())
    assert.equal(answer.id, `resp_${'0'.repeat(32)}`)
    assert.equal(answer.created_at, 1_700_000_000)
    assert.equal(answer.status, 'incomplete')
    assert.deepEqual(answer.incomplete_details, { reason: 'max_output_tokens' })
    assert.deepEqual(answer.output, [])
    assert.equal(answer.usage, null)
  })

  it('says in its metadata what happened, beside what the request had there', () => {
    const said = { spotter_reason: 'context_overflow', spotter_message: 'Too long.' }
    for (const metadata of [null, undefined, 'nonsense']) {
      assert.deepEqual(JSON.parse(overflowAnswer({ ...overflow, metadata }).toString()).metadata, said)
    }
    const { metadata } = JSON.parse(overflowAnswer({ ...overflow, metadata: { task: 'a' } }).toString())
    assert.deepEqual(metadata, { task: 'a', ...said })
  })
})
