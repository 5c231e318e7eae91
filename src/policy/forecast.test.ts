import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { forecast, type ForecastPlan } from './forecast.ts'
import { forecastTask } from './forecast/task.ts'
import { standardPrices } from './price/price-table.ts'

const plan: ForecastPlan = {
  model: 'gpt-4o',
  repeats: 2,
  turns: 1,
  outputTokens: 100,
  toolTokens: 50,
  maxOutput: null,
  limits: null,
  at: Date.parse('2026-11-22'),
}

test('one call per rollout, by hand', () => {
  const tasks = [
    { characters: 4000, maxOutput: 5000 },
    { characters: 40, maxOutput: null },
  ]
  const result = forecast(tasks, { ...plan, limits: { rpm: 2, tpm: 1000, rpd: null } }, standardPrices)
  assert.deepEqual(
    [result.rollouts, result.calls, result.inputTokens, result.outputTokens],
    [4, 4, 2020, 400],
  )
  assert.equal(result.chargedTokens, 2 * (5000 + 100), 'the larger of bound and input')
  assert.equal(result.longestInput, 1000)
  const standard = result.tiers.find((tier) => tier.tier === 'standard')
  assert.equal(standard?.microDollars, 2 * (2500 + 1000 + 25 + 1000))
  assert.equal(standard?.microDollarsCached, standard?.microDollars, 'one call has nothing to read')
  assert.deepEqual(
    result.tiers.map((tier) => tier.tier),
    ['standard', 'batch', 'priority'],
  )
  assert.equal(result.time?.binds, 'tokens')
  assert.equal(result.time?.hours, 10.2 / 60)
  assert.equal(result.timeWithTightBound?.hours, (2 * (1000 + 100)) / 1000 / 60)
})

test('a conversation grows, and reads what the call before it sent', () => {
  const task = { characters: 8000, maxOutput: null }
  const result = forecast([task], { ...plan, model: 'gpt-4o', turns: 3, repeats: 1 }, standardPrices)
  assert.equal(result.inputTokens, 2000 + 2150 + 2300)
  const [standard] = result.tiers
  assert.equal(standard?.microDollars, (6450 * 5) / 2 + 300 * 10)
  const read = 1920 + 2048
  assert.equal(standard?.microDollarsCached, ((6450 - read) * 5) / 2 + (read * 5) / 4 + 300 * 10)
  const sol = forecast([task], { ...plan, model: 'gpt-6-sol', turns: 3, repeats: 1 }, standardPrices)
  assert.equal(
    sol.tiers[0]?.microDollarsCached,
    (2300 * 5) / 2 + (4150 * 2) / 10 + 300 * 10,
    'every new token is written',
  )
})

test('what binds', () => {
  const tasks = [{ characters: 40, maxOutput: 100 }]
  const time = (rpm: number | null, tpm: number | null, rpd: number | null) =>
    forecast(tasks, { ...plan, repeats: 1000, limits: { rpm, tpm, rpd } }, standardPrices).time
  assert.equal(time(10, 1_000_000, null)?.binds, 'requests')
  assert.equal(time(1000, 100, null)?.binds, 'tokens')
  assert.equal(time(1000, 1_000_000, 100)?.binds, 'requests a day')
  assert.equal(time(1000, 1_000_000, 100)?.hours, 240)
  assert.equal(forecast(tasks, plan, standardPrices).time, null)
})

test('a model without a price is still counted', () => {
  const result = forecast([{ characters: 400, maxOutput: null }], { ...plan, model: 'mine' }, standardPrices)
  assert.deepEqual([result.tiers, result.inputTokens], [[], 200])
})

test('a forecast of many tasks is the sum of the forecasts of each', () => {
  const task = fc.record({
    characters: fc.nat(2_000_000),
    maxOutput: fc.option(fc.integer({ min: 1, max: 100_000 })),
  })
  const models = fc.constantFrom('gpt-4o', 'gpt-5.4', 'gpt-6-luna', 'gpt-5.4-pro')
  fc.assert(
    fc.property(
      fc.array(task, { minLength: 1, maxLength: 6 }),
      models,
      fc.integer({ min: 1, max: 5 }),
      (tasks, model, turns) => {
        const settings = { ...plan, model, turns }
        const whole = forecast(tasks, settings, standardPrices)
        const each = tasks.map((one) => forecast([one], settings, standardPrices))
        const total = (value: (part: (typeof each)[number]) => number): number =>
          each.reduce((sum, part) => sum + value(part), 0)
        assert.equal(
          whole.inputTokens,
          total((part) => part.inputTokens),
        )
        assert.equal(
          whole.chargedTokens,
          total((part) => part.chargedTokens),
        )
        whole.tiers.forEach((tier, index) => {
          assert.equal(
            tier.microDollars,
            total((part) => part.tiers[index]?.microDollars ?? NaN),
          )
          assert.equal(
            tier.microDollarsCached,
            total((part) => part.tiers[index]?.microDollarsCached ?? NaN),
          )
        })
      },
    ),
    { numRuns: 100 },
  )
})

test('a line is measured by its text, its tools and its images', () => {
  const tools = [{ type: 'function', name: 'f' }]
  assert.deepEqual(
    forecastTask({
      instructions: '12345',
      input: [
        { type: 'message', role: 'user', content: '123' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: '12' },
            { type: 'input_image', image_url: 'data:'.repeat(9999) },
          ],
        },
      ],
      tools,
      max_output_tokens: 77,
      temperature: 1,
    }),
    { characters: 5 + 4 + 3 + 4 + 2 + 4000 + JSON.stringify(tools).length, maxOutput: 77 },
  )
  assert.deepEqual(forecastTask({ input: 'four' }), { characters: 4, maxOutput: null })
})
