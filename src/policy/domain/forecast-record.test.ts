import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ForecastRecord } from './forecast-record.ts'

test('the first calls count alike, later on the latest ones count', () => {
  const record = new ForecastRecord()
  assert.equal(record.count, 0)
  record.seen(100, 300)
  record.seen(300, 100)
  assert.deepEqual([record.count, record.predictedMs, record.actualMs], [2, 200, 200])
  for (let call = 0; call < 1000; call++) record.seen(1000, 500)
  assert.ok(Math.abs(record.predictedMs - 1000) < 1)
  assert.ok(Math.abs(record.actualMs - 500) < 1)
})
