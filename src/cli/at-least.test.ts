import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atLeast } from './at-least.ts'

test('a number within the range is taken, anything else refused with the range', () => {
  assert.equal(atLeast(0)('0'), 0)
  assert.equal(atLeast(0.2)('1.5'), 1.5)
  assert.equal(atLeast(1, 1000)('1000'), 1000)
  for (const text of ['', ' ', 'x', '-1', 'Infinity']) {
    assert.throws(() => atLeast(0)(text), { message: 'Give a number of at least 0.' }, text)
  }
  assert.throws(() => atLeast(1, 1000)('1001'), { message: 'Give a number from 1 to 1000.' })
})
