import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reconcile } from './reconciliation.ts'
import type { UsageMinute } from './usage-minute.ts'

function minute(number: number, input: number, parts: Partial<UsageMinute> = {}): UsageMinute {
  const base = { model: 'm', tier: 'default', requests: 1, cachedInput: 0, cacheWrite: 0, output: 0 }
  return { ...base, minute: number * 60_000, input, ...parts }
}

const same = (model: string): string => model.replace(/-\d{4}.*$/, '')

test('equal books agree, whatever the models are called and however calls fall into minutes', () => {
  const result = reconcile(
    [minute(1, 100, { model: 'm-2026-01-01' }), minute(2, 50), minute(5, 7, { tier: null })],
    [minute(1, 90), minute(2, 20), minute(3, 40), minute(5, 7)],
    same,
  )
  assert.equal(result.differingTokens, 0)
  assert.deepEqual(result.drifts, [])
  assert.deepEqual(
    result.models.map((row) => [row.model, row.tier, row.ledger.requests, row.openai.requests]),
    [['m', 'default', 3, 4]],
  )
})

test('what one side lacks is found, by tier and by minute', () => {
  const result = reconcile(
    [minute(1, 100), minute(9, 30, { tier: 'flex', output: 5 }), minute(20, 8)],
    [minute(1, 100), minute(4, 1000), minute(9, 30, { output: 5 })],
    same,
  )
  assert.deepEqual(result.drifts, [
    { minute: 4 * 60_000, tokens: 1000 },
    { minute: 20 * 60_000, tokens: -8 },
  ])
  assert.equal(result.differingTokens, 1030 - 8 + 5 + 30 + 5)
  assert.equal(result.ledgerTokens, 143)
})
