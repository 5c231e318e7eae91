import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WindowGuess } from './window-guess.ts'

/** What the guess comes to over some uses of a limit; the reset as the host would print it. */
function guessed(
  limit: number,
  uses: readonly number[],
  reset: (used: number, index: number) => number,
): number | null {
  const guess = new WindowGuess()
  let found: number | null = null
  uses.forEach((used, index) => {
    found = guess.sample(limit, limit - used, Math.floor(reset(used, index))) ?? found
  })
  return found
}

test('a continuously refilling bucket shows its window', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 1e8 }),
      fc.constantFrom(6000, 20_000, 60_000, 86_400_000),
      (limit, windowMs) => {
        const uses = [0.1, 0.2, 0.35, 0.6].map((share) => Math.ceil(limit * share))
        const found = guessed(limit, uses, (used) => (used * windowMs) / limit)
        assert.ok(found !== null && Math.abs(found / windowMs - 1) < 0.03, `${found} for ${windowMs}`)
      },
    ),
  )
})

test('a reset that means the end of a fixed window shows nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 1e6 }), fc.integer({ min: 20, max: 200 }), (limit, step) => {
      const uses = Array.from({ length: 40 }, (_, index) => Math.ceil((limit * (index + 1)) / 50))
      assert.equal(
        guessed(limit, uses, (_, index) => 60_000 - index * step),
        null,
      )
    }),
  )
})

test('one request alone is too little to tell', () => {
  assert.equal(
    guessed(15_000, [1, 1, 1, 1, 2, 1], (used) => used * 4),
    null,
  )
})
