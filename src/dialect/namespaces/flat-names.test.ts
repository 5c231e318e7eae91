import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FlatNames } from './flat-names.ts'

const word = fc.oneof(
  fc.constantFrom('a', 'b', 'a__b', 'b__c', 'mcp__probe', 'mcp__probe__', '__', '_', ''),
  fc.string({ maxLength: 80 }),
)

describe('flat names', () => {
  it('joins a namespace and a name', () => {
    const names = new FlatNames([])
    assert.equal(names.flat('mcp__probe', 'secret_word'), 'mcp__probe__secret_word')
    assert.equal(names.flat('mcp__probe__', 'other'), 'mcp__probe__other')
  })

  it('keeps to what hosts take, tells all tools apart and knows the way back', () => {
    fc.assert(
      fc.property(fc.array(word), fc.array(fc.tuple(word, word)), (plain, pairs) => {
        const names = new FlatNames(plain)
        const flat = new Map(pairs.map((pair) => [JSON.stringify(pair), names.flat(...pair)]))
        for (const [key, name] of flat) {
          assert.match(name, /^[a-zA-Z0-9_-]{1,64}$/u)
          assert.ok(!plain.includes(name))
          const restored = names.restored.get(name)
          assert.equal(JSON.stringify([restored?.namespace, restored?.name]), key)
        }
        assert.equal(new Set(flat.values()).size, flat.size)
      }),
    )
  })

  it('gives a long name the same short one in every request', () => {
    const long = 'x'.repeat(70)
    const first = new FlatNames([]).flat('n', long)
    assert.equal(new FlatNames(['other']).flat('n', long), first)
    assert.notEqual(new FlatNames([]).flat('m', long), first)
  })

  it('tells a tool of that very name, and another way to cut it, apart', () => {
    const names = new FlatNames(['a__b'])
    const one = names.flat('a', 'b')
    assert.match(one, /^a__b_[0-9a-f]{8}$/u)
    const [two, three] = [names.flat('a', 'b__c'), names.flat('a__b', 'c')]
    assert.equal(two, 'a__b__c')
    assert.match(three, /^a__b__c_[0-9a-f]{8}$/u)
  })
})
