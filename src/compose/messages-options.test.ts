import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UNKNOWN_MODEL } from '../dialect/messages/index.ts'
import { standardPrices } from '../policy/price/price-table.ts'
import { messagesOptions } from './messages-options.ts'

const optionsOf = (name: string) => {
  const { cacheBreakpoints, efforts, maxOutput, sampling } = messagesOptions(
    standardPrices.find(name),
    () => true,
  )
  return { cacheBreakpoints, efforts, maxOutput, sampling }
}

test('the table of models says what a Messages request may ask of the model', () => {
  assert.deepEqual(optionsOf('gpt-6-sol'), {
    cacheBreakpoints: true,
    efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
    maxOutput: 128_000,
    sampling: 'without_reasoning',
  })
  assert.deepEqual(optionsOf('gpt-4o'), {
    cacheBreakpoints: false,
    efforts: [],
    maxOutput: 16_384,
    sampling: 'always',
  })
  assert.deepEqual(optionsOf('o3'), {
    cacheBreakpoints: false,
    efforts: ['low', 'medium', 'high'],
    maxOutput: 100_000,
    sampling: 'never',
  })
})

test('of an unknown model, and of efforts that are not known, nothing is assumed', () => {
  assert.equal(
    messagesOptions(undefined, () => true),
    UNKNOWN_MODEL,
  )
  assert.equal(optionsOf('gpt-5-codex').efforts, null)
})

test('a host has breakpoints only once it has shown that it takes OpenAI’s fields', () => {
  let takes = false
  const options = messagesOptions(standardPrices.find('gpt-6-sol'), () => takes)
  assert.equal(options.cacheBreakpoints, false)
  takes = true
  assert.equal(options.cacheBreakpoints, true)
})
