import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { costOf } from './call-cost.ts'
import { priceOf } from './price.ts'
import { withPriceOverrides } from './price-overrides.ts'
import { standardPrices } from './price-table.ts'
import { worstCase, type WorstCaseQuery } from './worst-case.ts'

const at = Date.parse('2026-11-22')

function query(parts: Partial<WorstCaseQuery>): WorstCaseQuery {
  return { model: 'gpt-4o', serviceTier: null, bodyBytes: 1000, maxOutput: 100, choices: 1, at, ...parts }
}

test('the bounds, by hand', () => {
  assert.deepEqual(worstCase(query({}), standardPrices), { microDollars: 2500 + 1000, output: 100 })
  assert.deepEqual(worstCase(query({ maxOutput: null }), standardPrices), {
    microDollars: 2500 + 163_840,
    output: 16_384,
  })
  assert.deepEqual(worstCase(query({ choices: 3 }), standardPrices), {
    microDollars: 2500 + 3000,
    output: 300,
  })
  assert.equal(worstCase(query({ maxOutput: 10 ** 9 }), standardPrices).output, 16_384)
  assert.equal(
    worstCase(query({ bodyBytes: 10 ** 9 }), standardPrices).microDollars,
    320_000 + 1000,
    'no more than the context',
  )
  assert.equal(worstCase(query({ bytesPerToken: 3 }), standardPrices).microDollars, 835 + 1000, '334 tokens')
  assert.equal(
    worstCase(query({ opaqueInput: true, bytesPerToken: 3 }), standardPrices).microDollars,
    321_000,
  )
  assert.equal(worstCase(query({ opaqueInput: true }), standardPrices).microDollars, 320_000 + 1000)
  assert.equal(
    worstCase(query({ model: 'gpt-6-sol' }), standardPrices).microDollars,
    2500 + 1000,
    'as a cache write',
  )
  assert.equal(
    worstCase(query({ model: 'gpt-6-sol', longCacheWrites: true }), standardPrices).microDollars,
    5000 + 1000,
  )
  assert.equal(
    worstCase(query({ model: 'gpt-6-sol', serviceTier: 'flex' }), standardPrices).microDollars,
    2500 + 1000,
  )
  assert.equal(
    worstCase(query({ model: 'gpt-6-sol', serviceTier: 'priority' }), standardPrices).microDollars,
    5000 + 2000,
  )
  assert.deepEqual(worstCase(query({ model: 'mine' }), standardPrices), { microDollars: null, output: 100 })
  assert.deepEqual(worstCase(query({ model: 'mine', maxOutput: null }), standardPrices), {
    microDollars: null,
    output: 128_000,
  })
  assert.equal(worstCase(query({ serviceTier: 'ultrafast' }), standardPrices).microDollars, null)
  const { table } = withPriceOverrides(standardPrices, { mine: { input: 1, output: 1 } })
  assert.deepEqual(worstCase(query({ model: 'mine' }), table), { microDollars: 1100, output: 100 })
})

test('no call that keeps to its bounds costs more than its worst case', () => {
  const models = fc.constantFrom(
    ...standardPrices.data.models.filter((model) => model.prices.length > 0).map((model) => model.id),
  )
  const tiers = fc.constantFrom(null, 'default', 'flex', 'priority', 'ultrafast', 'batch')
  const shares = fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100), fc.nat(100), fc.nat(100))
  fc.assert(
    fc.property(
      models,
      tiers,
      fc.nat(600_000),
      fc.nat(50_000),
      shares,
      (model, serviceTier, bodyBytes, maxOutput, parts) => {
        const asked = query({ model, serviceTier, bodyBytes, maxOutput, longCacheWrites: true })
        const worst = worstCase(asked, standardPrices)
        const [inputShare, cachedShare, writeShare, longShare, outputShare] = parts
        const facts = standardPrices.find(model)
        const input = Math.floor(
          (Math.min(bodyBytes, facts?.maxInput ?? facts?.contextWindow ?? Infinity) * inputShare) / 100,
        )
        const cachedInput = Math.floor((input * cachedShare) / 100)
        const cacheWrite = Math.floor(((input - cachedInput) * writeShare) / 100)
        const usage = {
          input,
          cachedInput,
          cacheWrite,
          cacheWrite12h: Math.floor((cacheWrite * longShare) / 100),
          output: Math.floor((worst.output * outputShare) / 100),
          reasoning: 0,
        }
        // Flex may be served as asked or at the standard tier.
        for (const served of serviceTier === 'flex' ? ['flex', 'default'] : [serviceTier]) {
          const price = priceOf({ model, serviceTier: served, usage, at }, standardPrices)
          if ('unknown' in price) continue
          assert.ok(worst.microDollars !== null && price.microDollars <= worst.microDollars)
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('a cost says what caching and the tier saved', () => {
  const usage = {
    input: 10_000,
    cachedInput: 8000,
    cacheWrite: 0,
    cacheWrite12h: 0,
    output: 100,
    reasoning: 0,
  }
  assert.deepEqual(costOf({ model: 'gpt-6-sol', serviceTier: 'flex', usage, at }, standardPrices), {
    microDollars: 2000 + 800 + 500,
    priceConfidence: 'high',
    priceTable: '2026-11-22',
    savedByCache: 7200,
    savedByTier: 3300,
    unknown: null,
  })
  const written = { ...usage, cachedInput: 0, cacheWrite: 10_000 }
  assert.equal(
    costOf({ model: 'gpt-6-sol', serviceTier: 'default', usage: written, at }, standardPrices).savedByCache,
    -5000,
  )
  assert.equal(
    costOf({ model: 'gpt-6-sol', serviceTier: 'priority', usage, at }, standardPrices).savedByTier,
    -6600,
  )
  const unknown = costOf({ model: 'mine', serviceTier: 'default', usage, at }, standardPrices)
  assert.deepEqual([unknown.microDollars, unknown.savedByCache, unknown.savedByTier], [null, null, null])
  assert.match(String(unknown.unknown), /no price is known for the model mine/)
})
