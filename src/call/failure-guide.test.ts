import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sections } from '../config/schema.ts'
import { retryClasses, type UpstreamReason } from '../upstream/failures/codes.ts'
import { failureGuide, failureGuideTable } from './failure-guide.ts'
import type { FailureReason, RetryClass } from './outcome.ts'

const retriedAs: Readonly<Record<RetryClass, string>> = {
  never: 'never',
  paced: 'waits',
  safe: 'yes',
  unsafe: 'if `retry.ambiguous`',
}

test('the guide says of retries what the classification does', () => {
  for (const [reason, retry] of Object.entries(retryClasses)) {
    assert.equal(failureGuide[reason as UpstreamReason].retried, retriedAs[retry], reason)
  }
})

test('every reason has a row, with texts that fit into a table', () => {
  const rows = failureGuideTable().trim().split('\n').slice(2)
  assert.equal(rows.length, Object.keys(failureGuide).length)
  for (const row of rows) {
    assert.equal(row.replaceAll('\\|', '').split('|').length, 8, row)
    assert.doesNotMatch(row, /undefined|\n/)
  }
  assert.match(failureGuideTable(), /\| `quota` \|.*\| 402 \(429\) \|/)
})

test('every setting that the guide names exists', () => {
  const names = new Set(
    Object.entries(sections).flatMap(([section, { settings }]) =>
      Object.keys(settings).map((name) => `${section}.${name}`),
    ),
  )
  for (const [reason, { remedy }] of Object.entries(failureGuide) as [FailureReason, { remedy: string }][]) {
    for (const [, name] of remedy.matchAll(/`([a-z]+\.[a-z_]+)`/g)) {
      if (name !== 'env.yaml') assert.ok(names.has(name ?? ''), `${reason} names ${name}`)
    }
  }
})
