import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LiveSnapshot } from '../observe/live.ts'
import { runSummary } from './run-summary.ts'

const live = {
  calls: { completed: 4, incomplete: 1, failed: 2, cancelled: 3 },
  tokens: { input: 100, cachedInput: 40, output: 20 },
} as unknown as LiveSnapshot

test('what was spent is said where a ledger is kept, and not called nothing where none is', () => {
  const text =
    'in all 5 calls answered, 2 failed, 3 left by their callers; 100 input tokens (40 cached), 20 output tokens'
  assert.equal(runSummary(live, {}), text)
  assert.equal(runSummary(live, { spent_usd: 1.5, unknown_price_calls: 0 }), `${text}; $1.500000`)
  assert.equal(
    runSummary(live, { spent_usd: 1.5, unknown_price_calls: 2 }),
    `${text}; $1.500000 (2 calls of unknown price apart)`,
  )
})

test('one call is no calls', () => {
  const one = { ...live, calls: { completed: 1, incomplete: 0, failed: 0, cancelled: 0 } }
  assert.match(
    runSummary(one, { spent_usd: 0, unknown_price_calls: 1 }),
    /^in all 1 call answered, .*\(1 call of unknown/,
  )
})
