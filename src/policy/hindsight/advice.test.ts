import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceOn } from './advice.ts'
import type { BrokenPrefix, UsedTokens } from './advice-figures.ts'
import { standardPrices } from '../price/price-table.ts'

const at = Date.UTC(2026, 10, 22, 12)

/** Calls that give no reason for advice but their tier. */
const fine: UsedTokens = {
  model: 'gpt-5.1',
  tier: 'flex',
  calls: 100,
  input: 1_000_000,
  cachedInput: 800_000,
  cacheWrite: 0,
  cacheWrite12h: 0,
  output: 100_000,
  reservedOutput: 0,
  usedOfReserved: 0,
}
const advise = (used: Partial<UsedTokens>, broken: readonly BrokenPrefix[] = []) =>
  adviceOn([{ ...fine, ...used }], broken, standardPrices, at)

test('good calls get no advice', () => {
  assert.deepEqual(advise({}), [])
  assert.deepEqual(advise({ reservedOutput: 200_000, usedOfReserved: 100_000 }), [])
})

test('a changed field costs what its tokens cost more than from the cache', () => {
  const broken = [
    { cause: 'tools', model: 'gpt-5.1', tier: 'default', calls: 40, tokens: 2_000_000 },
    { cause: 'time', model: 'gpt-5.1', tier: 'default', calls: 2, tokens: 4_000_000 },
    { cause: 'unknown', model: 'gpt-unheard-of', tier: 'default', calls: 2, tokens: 4_000_000 },
  ]
  const found = adviceOn([], broken, standardPrices, at)
  // $1.25 against $0.125 a million.
  assert.deepEqual(
    found.map(({ kind, saves }) => [kind, saves]),
    [
      ['prefix', 4_500_000],
      ['prefix', 2_250_000],
    ],
  )
  assert.match(found[1]?.message ?? '', /^In 40 calls 2\.0 million tokens were not read .*`tools` changed/)
})

test('few hits are worth a word, unless their causes are known', () => {
  const [advice] = advise({ tier: 'flex', cachedInput: 100_000 })
  assert.equal(advice?.kind, 'cache_hits')
  // 400,000 tokens at half of $1.25 less a tenth.
  assert.equal(advice?.saves, 225_000)
  assert.match(advice?.message ?? '', /^10 % of the input tokens/)
  const broken = [{ cause: 'tools', model: 'gpt-5.1', tier: 'flex', calls: 40, tokens: 2_000_000 }]
  assert.deepEqual(
    advise({ cachedInput: 100_000 }, broken).map(({ kind }) => kind),
    ['prefix'],
  )
  assert.deepEqual(advise({ cachedInput: 0, calls: 5000 }), [], 'prompts too short for the cache')
  assert.deepEqual(advise({ cachedInput: 0, calls: 19 }), [], 'too few to tell')
})

test('writes that nobody reads are told', () => {
  const used = { model: 'gpt-5.6-terra', cacheWrite: 900_000 }
  const [advice] = advise({ ...used, cachedInput: 0 })
  // A quarter of $1 (flex) on 900,000 tokens.
  assert.deepEqual([advice?.kind, advice?.saves], ['cache_writes', 225_000])
  assert.deepEqual(advise({ ...used, cacheWrite: 200_000 }), [])
})

test('a cheaper tier is told with what it would have saved', () => {
  const [flex] = advise({ tier: 'default' })
  // (200,000 × 1.25 + 800,000 × 0.125 + 100,000 × 10) / 2 dollars a million.
  assert.deepEqual([flex?.kind, flex?.saves], ['tier', 675_000])
  const [standard] = advise({ tier: 'priority' })
  assert.deepEqual([standard?.kind, standard?.saves], ['tier', 1_350_000])
  assert.deepEqual(advise({ tier: 'default', model: 'gpt-4o' }), [], 'not offered at flex')
})

test('generous bounds cost quota, not money', () => {
  const [advice] = advise({ reservedOutput: 3_200_000, usedOfReserved: 100_000 })
  assert.deepEqual([advice?.kind, advice?.saves], ['max_output', null])
  assert.match(advice?.message ?? '', /set aside 3\.2 million output tokens and used 100,000/)
})

test('sums of many calls are not priced as one long request', () => {
  const [advice] = advise({ model: 'gpt-5.4', tier: 'default', input: 90_000_000, cachedInput: 80_000_000 })
  const exact = (10_000_000 * 2.5 + 80_000_000 * 0.25 + 100_000 * 15) / 2
  assert.ok(Math.abs((advice?.saves ?? 0) / exact - 1) < 0.001)
})
