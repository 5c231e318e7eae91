import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationText } from './duration-text.ts'

test('durations are said in the unit that fits', () => {
  const said = [0, 400, 1500, 119_000, 120_000, 7_140_000, 7_200_000, 9_000_000, 86_400_000].map(durationText)
  assert.deepEqual(said, ['1 s', '1 s', '2 s', '119 s', '2 min', '119 min', '2 h', '2 h 30 min', '24 h'])
})
