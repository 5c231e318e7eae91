import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Usage } from '../../call/outcome.ts'
import rawTable from './prices.json' with { type: 'json' }
import { priceOf } from './price.ts'
import { withPriceOverrides } from './price-overrides.ts'
import { PRICE_TIERS, standardPrices } from './price-table.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')

function usage(parts: Partial<Usage>): Usage {
  return { input: 0, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output: 0, reasoning: 0, ...parts }
}

function cost(model: string, serviceTier: string | null, parts: Partial<Usage>, at = NOW): number | string {
  const price = priceOf({ model, serviceTier, usage: usage(parts), at }, standardPrices)
  return 'unknown' in price ? price.unknown : price.microDollars
}

/**
 * A second implementation to compare with: reads the file as written, works in exact fractions, shares no code.
 * Returns undefined where a price it needs is missing.
 */
function oracle(modelId: string, tier: string, used: Usage, day: string): bigint | undefined {
  const model = rawTable.models.find((candidate) => candidate.id === modelId)
  const periods = (model?.prices ?? []) as unknown as Record<string, unknown>[]
  let valid: Record<string, unknown> | undefined
  for (const period of periods) {
    if (period['from'] === null || String(period['from']) <= day || valid === undefined) valid = period
  }
  const columns = valid?.[tier] as (number | null)[] | undefined
  if (!model || !columns) return undefined
  const long = 'longContext' in model && model.longContext && used.input > 272_000
  const kinds: [tokens: number, column: number, fallsBackToInput: boolean][] = [
    [used.input - used.cachedInput - used.cacheWrite, 0, false],
    [used.cachedInput, 1, model.cache === 'none'],
    [used.cacheWrite - used.cacheWrite12h, 2, model.cache !== 'breakpoints'],
    [used.cacheWrite12h, 3, model.cache !== 'breakpoints'],
    [used.output, 4, false],
  ]
  let twice = 0n
  for (const [tokens, column, fallsBackToInput] of kinds) {
    const price = columns[column] ?? (fallsBackToInput ? columns[0] : null)
    if (price === null || price === undefined) {
      if (tokens > 0) return undefined
      continue
    }
    // Twice the price keeps the 1.5 of long-context output whole.
    const factor = !long ? 2n : column === 4 ? 3n : 4n
    twice += BigInt(tokens) * BigInt(price) * factor
  }
  return (twice + 1_000_000n) / 2_000_000n
}

const usages = fc
  .tuple(
    fc.integer({ min: 0, max: 900_000 }),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 128_000 }),
  )
  .map(([input, cachedShare, writeShare, longShare, output]) => {
    const cachedInput = Math.floor((input * cachedShare) / 100)
    const cacheWrite = Math.floor(((input - cachedInput) * writeShare) / 100)
    return usage({
      input,
      cachedInput,
      cacheWrite,
      cacheWrite12h: Math.floor((cacheWrite * longShare) / 100),
      output,
    })
  })

test('every model, tier and cache state costs what the oracle says, and is unknown where the oracle has no price', () => {
  const states: Partial<Usage>[] = [
    { input: 1000, output: 100 },
    { input: 2000, cachedInput: 1920, output: 7 },
    { input: 7540, cacheWrite: 7537, output: 1 },
    { input: 7540, cacheWrite: 7537, cacheWrite12h: 7537, output: 1 },
    { input: 9001, cachedInput: 1, cacheWrite: 5000, cacheWrite12h: 1234, output: 0 },
    { input: 272_000, cachedInput: 3, output: 999 },
    { input: 272_001, cachedInput: 3, cacheWrite: 4, output: 999 },
    {},
  ]
  let known = 0
  let unknown = 0
  for (const model of rawTable.models) {
    for (const tier of PRICE_TIERS) {
      for (const state of states) {
        const expected = oracle(model.id, tier, usage(state), '2026-11-22')
        const actual = cost(model.id, tier, state)
        if (expected === undefined) {
          assert.equal(typeof actual, 'string', `${model.id} ${tier} should be unknown`)
          unknown += 1
        } else {
          assert.equal(actual, Number(expected), `${model.id} ${tier} ${JSON.stringify(state)}`)
          known += 1
        }
      }
    }
  }
  assert.ok(known > 1000 && unknown > 500, `${known} known, ${unknown} unknown`)
})

test('any usage of any model at any time costs what the oracle says', () => {
  const models = fc.constantFrom(...rawTable.models.map((model) => model.id))
  const tiers = fc.constantFrom(...PRICE_TIERS)
  const days = fc.constantFrom(
    '2025-05-01',
    '2026-07-29',
    '2026-08-20',
    '2026-08-21',
    '2026-11-21',
    '2026-11-22',
    '2027-03-01',
  )
  fc.assert(
    fc.property(models, tiers, days, usages, (model, tier, day, used) => {
      const expected = oracle(model, tier, used, day)
      const actual = cost(model, tier, used, Date.parse(day))
      if (expected === undefined) assert.equal(typeof actual, 'string')
      else assert.equal(actual, Number(expected))
    }),
    { numRuns: 2000 },
  )
})

test('the breakdown adds up to the price, and a sum of rows is the bill of the same rows', () => {
  fc.assert(
    fc.property(fc.array(usages, { maxLength: 30 }), (calls) => {
      let bill = 0n
      let rows = 0
      for (const used of calls) {
        const price = priceOf(
          { model: 'gpt-6-sol', serviceTier: 'flex', usage: used, at: NOW },
          standardPrices,
        )
        assert.ok('microDollars' in price)
        const { uncached, cached, written, output } = price.breakdown
        assert.equal(
          Math.floor((uncached + cached + written + output + 500_000) / 1_000_000),
          price.microDollars,
        )
        rows += price.microDollars
        bill += oracle('gpt-6-sol', 'flex', used, '2026-11-22') ?? -1n
      }
      assert.equal(BigInt(rows), bill)
    }),
    { numRuns: 200 },
  )
})

test('published figures, by hand', () => {
  assert.equal(cost('gpt-4o', 'default', { input: 1_000_000, output: 0 }), 2_500_000)
  assert.equal(cost('gpt-4o', 'default', { input: 1_000_000, cachedInput: 1_000_000 }), 1_250_000)
  assert.equal(cost('gpt-4o-mini', 'default', { input: 1_000_000, output: 1_000_000 }), 750_000)
  assert.equal(cost('gpt-4.1-2025-04-14', 'default', { input: 1000, output: 1000 }), 10_000)
  assert.equal(cost('gpt-5.5', 'priority', { input: 100_000 }), 1_250_000)
  assert.equal(cost('gpt-6.1-sol', 'ultrafast', { output: 1_000 }), 60_000)
  assert.equal(
    cost('gpt-6-luna', 'flex', { input: 100, cachedInput: 100 }),
    1,
    'half a micro-dollar rounds up',
  )
  assert.equal(cost('gpt-6-luna', 'flex', { input: 99, cachedInput: 99 }), 0, 'less than half rounds down')
})

test('exactly 272,000 input tokens are short, one more raises the whole request', () => {
  assert.equal(cost('gpt-6-sol', 'default', { input: 272_000, output: 1000 }), 554_000)
  assert.equal(cost('gpt-6-sol', 'default', { input: 272_001, output: 1000 }), 1_088_004 + 15_000)
  assert.equal(cost('gpt-6-sol', 'flex', { input: 272_001, cachedInput: 272_001 }), 54_400)
  assert.equal(cost('gpt-4.1', 'default', { input: 272_001 }), 544_002, 'a model without the rule')
})

test('prices follow the calendar', () => {
  const million = { input: 1_000_000 / 4 }
  assert.equal(cost('gpt-5.6-sol', 'default', million, Date.parse('2026-08-20T23:59:59Z')), 1_250_000)
  assert.equal(cost('gpt-5.6-sol', 'default', million, Date.parse('2026-08-21')), 1_000_000)
  assert.equal(cost('gpt-5.6-sol', 'default', million, Date.parse('2026-11-21T23:59:59Z')), 1_000_000)
  assert.equal(cost('gpt-5.6-sol', 'default', million, Date.parse('2026-11-22')), 1_250_000)
  assert.equal(cost('gpt-6.2-sol', 'ultrafast', million, Date.parse('2027-02-28')), 1_500_000)
  assert.equal(cost('gpt-6.2-sol', 'ultrafast', million, Date.parse('2027-03-01')), 3_000_000)
  const doubtful = priceOf(
    { model: 'gpt-5.6-sol', serviceTier: 'default', usage: usage({}), at: NOW },
    standardPrices,
  )
  assert.equal('priceConfidence' in doubtful && doubtful.priceConfidence, 'low')
})

test('what is not known is a sentence, never zero', () => {
  assert.match(String(cost('my-model', 'default', { input: 1 })), /my-model.*prices:/)
  assert.match(String(cost('gpt-4o', 'flex', { input: 1 })), /no flex price/)
  assert.match(String(cost('gpt-4o', 'scale', { input: 1 })), /scale/)
  assert.match(String(cost('gpt-6-cyber', 'default', { input: 1 })), /no standard price/)
  assert.match(String(cost('gpt-4o', 'default', { input: 1, cachedInput: 2 })), /contradict/)
  assert.match(String(cost('gpt-4o', 'default', { input: 1.5 })), /contradict/)
  assert.match(String(cost('o1-pro', 'default', { input: 2 ** 50 })), /impossibly/)
})

test('an answer that names no tier is priced as standard, with the doubt', () => {
  const price = priceOf(
    { model: 'gpt-4o', serviceTier: null, usage: usage({ input: 8 }), at: NOW },
    standardPrices,
  )
  assert.deepEqual('microDollars' in price && [price.microDollars, price.priceConfidence], [20, 'medium'])
})

test('the configuration overrides prices and adds models', () => {
  const { table, problems } = withPriceOverrides(standardPrices, {
    'gpt-4o': { input: 1, output: 4, flex: 0.5, priority: { input: 3, cached_input: 0.3, output: 12 } },
    'my/model': { input: 0.07, cached_input: 0.01, output: 0.2 },
    'gpt-4o-2024-11-20': { input: 9, output: 9 },
  })
  assert.deepEqual(problems, [])
  const at = (model: string, tier: string): number | string => {
    const price = priceOf(
      { model, serviceTier: tier, usage: usage({ input: 1000, cachedInput: 500, output: 1000 }), at: NOW },
      table,
    )
    return 'unknown' in price ? price.unknown : price.microDollars
  }
  assert.equal(at('gpt-4o', 'default'), 5000, 'without cached_input a cached token is an input token')
  assert.equal(at('gpt-4o', 'flex'), 2500)
  assert.equal(at('gpt-4o', 'priority'), 13_650)
  assert.match(String(at('gpt-4o', 'batch')), /no batch price/)
  assert.equal(at('gpt-4o-2024-08-06', 'default'), 5000)
  assert.equal(at('gpt-4o-2024-11-20', 'default'), 18_000)
  assert.equal(at('my/model', 'default'), 240)
  assert.equal(cost('gpt-4o', 'default', { input: 1000 }), 2500, 'the shipped table is untouched')
})

test('mistakes in prices are named by their path and change nothing', () => {
  const { table, problems } = withPriceOverrides(standardPrices, {
    'gpt-4o': { input: '1', output: 4, cachd: 2 },
    b: 7,
    c: { input: 1, output: 1, flex: -1 },
    d: { output: 0.123_456_78, input: 1 },
  })
  const paths = problems.map((problem) => problem.path.join('.'))
  assert.deepEqual(paths.sort(), ['b', 'c.flex', 'd.output', 'gpt-4o.cachd', 'gpt-4o.input'])
  const price = priceOf(
    { model: 'gpt-4o', serviceTier: 'default', usage: usage({ input: 1000 }), at: NOW },
    table,
  )
  assert.equal('microDollars' in price && price.microDollars, 2500)
})
