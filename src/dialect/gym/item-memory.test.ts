import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ItemMemory } from './item-memory.ts'

describe('the memory of items', () => {
  it('gives back what was put in, the latest of each id', () => {
    const memory = new ItemMemory(10_000)
    memory.set('a', { phase: '"commentary"' })
    memory.set('a', { phase: '"final_answer"' })
    assert.deepEqual(memory.get('a'), { phase: '"final_answer"' })
    assert.equal(memory.get('b'), undefined)
    assert.equal(memory.size, 1)
  })

  it('forgets what was not asked for longest', () => {
    const memory = new ItemMemory(700)
    for (const id of ['a', 'b', 'c']) memory.set(id, { namespace: '"n"' })
    memory.get('a')
    memory.set('d', { namespace: '"n"' })
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].filter((id) => memory.get(id)),
      ['a', 'c', 'd'],
    )
  })

  it('never takes more than it may', () => {
    const entries = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(2000)))
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 3000 }), (all, most) => {
        const memory = new ItemMemory(most)
        for (const [id, length] of all) memory.set(id, { encrypted_content: 'x'.repeat(length) })
        let bytes = 0
        for (const id of ['a', 'b', 'c', 'd']) {
          const length = memory.get(id)?.encrypted_content?.length
          if (length !== undefined) bytes += length
        }
        assert.ok(bytes <= most)
      }),
    )
  })
})
