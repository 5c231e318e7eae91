import assert from 'node:assert/strict'
import { test } from 'node:test'
import { priceDifferences } from './price-difference.ts'
import { priceDataFrom } from './price-file.ts'
import { withPriceOverrides } from './price-overrides.ts'
import { PRICE_TIERS, PriceTable, standardPrices } from './price-table.ts'

const TODAY = Date.parse('2026-11-22')

test('the table is whole: unique names, known references, exact prices, dated periods in order', () => {
  const names = new Set<string>()
  const { data } = standardPrices
  assert.equal(data.models.length, 65)
  for (const model of data.models) {
    for (const name of [model.id, ...model.aliases, ...model.snapshots]) {
      assert.ok(!names.has(name), `${name} names two models`)
      names.add(name)
      assert.equal(standardPrices.find(name), model)
    }
    for (const source of model.sources) assert.ok(data.sources[source], `${model.id}: source ${source}`)
    if (model.limits) assert.ok(data.rateLimits[model.limits], `${model.id}: limits ${model.limits}`)
    const froms = model.prices.map((period) => period.from ?? '')
    assert.deepEqual(froms, [...froms].sort())
    for (const period of model.prices) {
      for (const tier of PRICE_TIERS) {
        const columns = period[tier]
        if (!columns) continue
        assert.equal(columns.length, 5)
        assert.ok(columns[0] !== null && columns[4] !== null, `${model.id} ${tier}`)
        for (const price of columns)
          assert.ok(price === null || Number.isSafeInteger(price / 500), `${model.id} ${price}`)
        if (tier === 'batch' || tier === 'flex') {
          assert.deepEqual(
            columns,
            period.standard?.map((price) => price && price / 2),
          )
        }
      }
    }
  }
})

test('models answer by id, alias and snapshot', () => {
  assert.equal(standardPrices.find('gpt-5.6')?.id, 'gpt-5.6-sol')
  assert.equal(standardPrices.find('gpt-4o-2024-11-20')?.id, 'gpt-4o')
  assert.equal(standardPrices.find('gpt-4o-2024-05-13')?.id, 'gpt-4o-2024-05-13')
  assert.equal(standardPrices.find('nothing'), undefined)
  assert.equal(standardPrices.find('constructor'), undefined)
})

test('two tables differ where a figure differs', () => {
  const { table } = withPriceOverrides(standardPrices, {
    'gpt-4o': { input: 3, cached_input: 1.25, output: 10, batch: 0.5, priority: 1.7 },
    mine: { input: 1, output: 1 },
  })
  assert.deepEqual(priceDifferences(standardPrices, table, TODAY, false), [
    { model: 'gpt-4o', what: 'standard input', before: 2_500_000, after: 3_000_000 },
    { model: 'gpt-4o', what: 'batch input', before: 1_250_000, after: 1_500_000 },
    { model: 'gpt-4o', what: 'priority input', before: 4_250_000, after: 5_100_000 },
  ])
  const all = priceDifferences(standardPrices, table, TODAY, true)
  assert.deepEqual(all.at(-1), { model: 'mine', what: 'model', before: null, after: 'mine' })
  assert.deepEqual(priceDifferences(standardPrices, standardPrices, TODAY, true), [])
})

test('a table in the format of LiteLLM is read in whole micro-dollars', () => {
  const table = new PriceTable(
    priceDataFrom({
      sample_spec: { litellm_provider: 'one of many', input_cost_per_token: 0 },
      'claude-x': { litellm_provider: 'anthropic', input_cost_per_token: 3e-6 },
      'gpt-4o-2024-08-06': {
        litellm_provider: 'openai',
        mode: 'chat',
        input_cost_per_token: 2.5e-6,
        cache_read_input_token_cost: 1.25e-6,
        output_cost_per_token: 1.1e-5,
        input_cost_per_token_batches: 1.25e-6,
        output_cost_per_token_batches: 5e-6,
      },
    }),
  )
  assert.deepEqual(priceDifferences(standardPrices, table, TODAY, false), [
    { model: 'gpt-4o-2024-08-06', what: 'standard output', before: 10_000_000, after: 11_000_000 },
  ])
  assert.throws(() => priceDataFrom({}), /no price table/)
  assert.throws(() => priceDataFrom([]), /JSON object/)
  assert.throws(() => priceDataFrom({ models: [{}] }), /"id" and "prices"/)
})
