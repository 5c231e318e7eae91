import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toMessagesModels, wantsMessagesModels } from './models.ts'

describe('models', () => {
  it("are listed in Anthropic's shape", () => {
    const list = {
      object: 'list',
      data: [{ id: 'gpt-6-sol', object: 'model', created: 1_790_000_000, owned_by: 'openai' }],
    }
    assert.deepEqual(toMessagesModels(list), {
      data: [
        { type: 'model', id: 'gpt-6-sol', display_name: 'gpt-6-sol', created_at: '2026-09-21T14:13:20.000Z' },
      ],
      has_more: false,
      first_id: 'gpt-6-sol',
      last_id: 'gpt-6-sol',
    })
    assert.deepEqual(toMessagesModels(null), { data: [], has_more: false, first_id: null, last_id: null })
  })

  it('are so only for clients that name their version', () => {
    assert.ok(wantsMessagesModels({ 'anthropic-version': '2023-06-01' }))
    assert.ok(!wantsMessagesModels({ authorization: 'Bearer x' }))
  })
})
