import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../config/load.ts'
import { ManualClock } from '../lib/clock.ts'
import { createLog } from '../observe/log.ts'
import { Observers } from '../observe/observers.ts'
import { standardPrices } from '../policy/price/price-table.ts'
import { composeCapture } from './capture.ts'

const log = createLog({ name: 'x', level: 'silent', format: 'pretty' })

test('without observability nobody watches: no observer, no work per chunk, no folder', (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'spotter-no-capture-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const observers = (...overrides: string[]) => {
    const credentials = [
      '++policy_base_url=http://127.0.0.1:1/v1',
      '++policy_api_key=sk-test',
      '++policy_model_name=m',
    ]
    const loaded = loadConfig({
      files: [],
      overrides: [...credentials, ...overrides],
      environment: {},
      cwd: '/',
    })
    assert.ok(loaded.config)
    return composeCapture(loaded.config, standardPrices, new ManualClock(), log)
  }
  const directory = `++model_call_capture_dir=${join(parent, 'captures')}`
  for (const overrides of [[directory], [directory, '++observability_enabled=false']]) {
    const found = observers(...overrides)
    assert.deepEqual(found, [])
    assert.equal(new Observers(found, () => {}).chunk, null)
  }
  assert.deepEqual(readdirSync(parent), [])
})
