import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { goDurationMs } from '../../../lib/go-duration.ts'
import { formatGoDuration } from './format-go-duration.ts'

test('durations are printed the way Go prints them', () => {
  const samples: readonly [number, string][] = [
    [0, '0s'],
    [1, '1ms'],
    [135, '135ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1236, '1.236s'],
    [4900, '4.9s'],
    [4994, '4.994s'],
    [8640, '8.64s'],
    [20_000, '20s'],
    [60_000, '1m0s'],
    [61_500, '1m1.5s'],
    [360_000, '6m0s'],
    [432_000, '7m12s'],
    [3_600_000, '1h0m0s'],
    [3_723_000, '1h2m3s'],
    [86_400_000, '24h0m0s'],
  ]
  for (const [ms, text] of samples) assert.equal(formatGoDuration(ms), text)
})

test('every whole number of milliseconds up to ten days can be read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 864_000_000 }), (ms) => {
      assert.ok(Math.abs(goDurationMs(formatGoDuration(ms))! - ms) < 1e-4)
    }),
  )
})
