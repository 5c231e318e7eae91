import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ToolNames } from './tool-names.ts'

describe('ToolNames', () => {
  it('gives every name one that OpenAI takes, no two the same, and finds them again', () => {
    const name = fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^mcp__[\w.-]{50,90}$/u))
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const tools = new ToolNames()
        const sent = names.map((each) => tools.upstream(each))
        assert.equal(new Set(sent).size, names.length)
        for (const [index, each] of names.entries()) {
          assert.match(sent[index] ?? '', /^[a-zA-Z0-9_-]{1,64}$/u)
          assert.equal(tools.restored.get(sent[index] ?? '') ?? sent[index], each)
          assert.equal(tools.upstream(each), sent[index])
        }
      }),
    )
  })

  it('leaves good names alone and shortens the same name the same way each time', () => {
    assert.equal(new ToolNames().upstream('mcp__docs__search'), 'mcp__docs__search')
    const long = `mcp__plugin__${'x'.repeat(80)}`
    assert.equal(new ToolNames().upstream(long), new ToolNames().upstream(long))
  })
})
