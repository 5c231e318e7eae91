import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { countTokens, estimateInputTokens } from './count-tokens.ts'

const said = (content: unknown) => ({ messages: [{ role: 'user', content }] })
const estimate = (content: unknown) => estimateInputTokens(said(content))

describe('countTokens', () => {
  it('answers as Anthropic does', () => {
    assert.deepEqual(countTokens(said('Hello, world')), { input_tokens: 7 })
    assert.deepEqual(countTokens({ ...said('Hello, world'), context_management: {} }), {
      input_tokens: 7,
      context_management: { original_input_tokens: 7 },
    })
  })

  it('counts text by its length, whatever holds it', () => {
    const text = 'x'.repeat(4000)
    assert.equal(estimate(text), 1004)
    assert.equal(estimate([{ type: 'text', text, cache_control: { type: 'ephemeral' } }]), 1004)
    assert.equal(
      estimate([{ type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text }] }]),
      1004,
    )
    assert.equal(estimateInputTokens({ system: text, messages: [] }), 1000)
    assert.ok(estimate('語'.repeat(1000)) > 600)
    assert.ok(estimateInputTokens({ tools: [{ name: 'a', description: text, input_schema: {} }] }) > 1000)
  })

  it('does not count what no model reads', () => {
    const signature = 'x'.repeat(4000)
    assert.ok(estimate([{ type: 'thinking', thinking: 'hm', signature }]) < 10)
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: signature } }
    assert.equal(estimate([image]), estimate([{ ...image, source: { type: 'url', url: 'https://a' } }]))
  })

  it('gives at least one for anything', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => assert.ok(estimateInputTokens(value) >= 1)))
    assert.equal(estimateInputTokens(undefined), 1)
  })
})
