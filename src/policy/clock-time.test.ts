import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockTime } from './clock-time.ts'

test('the time of today, the date with it on any other day', () => {
  const now = new Date(2026, 0, 5, 9, 30).getTime()
  assert.equal(clockTime(new Date(2026, 0, 5, 14, 5).getTime(), now), '14:05')
  assert.equal(clockTime(new Date(2026, 0, 6, 0, 7).getTime(), now), '2026-01-06 00:07')
})
