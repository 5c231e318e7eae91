import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { goDurationMs } from './go-duration.ts'

test('reads every form OpenAI has been seen to send', () => {
  const seen: [string, number][] = [
    ['135ms', 135],
    ['4.994s', 4994],
    ['20s', 20_000],
    ['7m12s', 432_000],
    ['6m0s', 360_000],
    ['1h2m3s', 3_723_000],
    ['8.64s', 8640],
    ['500µs', 0.5],
    ['0s', 0],
  ]
  for (const [text, ms] of seen) assert.equal(goDurationMs(text), ms, text)
})

test('anything else is null', () => {
  for (const text of ['', '12', 's', '1x', '1s ', ' 1s', '-1s', '1.s', 'soon', '1h2', '.5s']) {
    assert.equal(goDurationMs(text), null, text)
  }
})

test('property: hours, minutes, seconds and milliseconds add up', () => {
  const part = fc.nat({ max: 59 })
  fc.assert(
    fc.property(fc.nat({ max: 99 }), part, part, fc.nat({ max: 999 }), (h, m, s, ms) => {
      assert.equal(goDurationMs(`${h}h${m}m${s}s${ms}ms`), h * 3_600_000 + m * 60_000 + s * 1000 + ms)
    }),
  )
})

test('property: never throws, and is never negative', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.hmsµun -') }), (text) => {
      const ms = goDurationMs(text)
      assert.ok(ms === null || ms >= 0)
    }),
  )
})
