import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Words } from './words.ts'

test('finds a word in bytes of any size and language, and only between the places asked for', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('"phase"', '"role":"assistant"', 'nowhere'),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(0, 100_000),
      (before, word, after, padding) => {
        const head = Buffer.from(`${' '.repeat(padding)}${before}`)
        const bytes = Buffer.concat([head, Buffer.from(word), Buffer.from(after)])
        const words = new Words('"phase"', '"role":"assistant"')
        const isThere = word !== 'nowhere'
        assert.equal(words.anyIn(bytes), isThere)
        assert.equal(words.anyIn(bytes, head.length), isThere)
        assert.equal(words.anyIn(bytes, 0, head.length + word.length - 1), false)
      },
    ),
  )
})
