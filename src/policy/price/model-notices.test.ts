import assert from 'node:assert/strict'
import { test } from 'node:test'
import { modelNotices } from './model-notices.ts'
import { standardPrices } from './price-table.ts'

function notices(model: string, dialect: 'responses' | 'chat' | 'messages', day = '2026-11-22'): string[] {
  return modelNotices(model, dialect, Date.parse(day), standardPrices).map(
    (notice) => `${notice.level}: ${notice.message}`,
  )
}

test('what a user should know of a model is said in sentences', () => {
  assert.deepEqual(notices('gpt-4o', 'responses'), ['warning: gpt-4o retires on 2027-01-14'])
  assert.deepEqual(notices('gpt-5.1', 'chat'), ['info: gpt-5.1 retires on 2027-04-01'])
  assert.deepEqual(notices('gpt-4-turbo', 'chat'), [
    'warning: gpt-4-turbo was retired on 2026-10-23: OpenAI answers 404 for it',
  ])
  assert.deepEqual(notices('gpt-4o', 'responses', '2027-01-14').length, 1)
  assert.match(String(notices('gpt-4o', 'responses', '2027-01-14')), /was retired/)
  assert.match(String(notices('gpt-6.1-sol', 'chat')), /^warning: gpt-6.1-sol takes no function tools on/)
  assert.match(String(notices('gpt-6-sol', 'chat')), /only with reasoning_effort "none"/)
  assert.match(String(notices('gpt-5.4-pro', 'chat')), /on \/v1\/responses only/)
  assert.deepEqual(notices('gpt-6-sol', 'responses'), [])
  assert.deepEqual(notices('gpt-6-sol', 'messages'), [])
  assert.match(String(notices('o1-mini', 'messages')), /takes no function tools/)
  assert.match(String(notices('vendor/model', 'chat')), /^info: vendor\/model is not in the price table/)
  assert.match(String(notices('gpt-6-cyber', 'responses')), /no price is known/)
  assert.match(String(notices('gpt-5.6', 'responses')), /doubtful/)
})
