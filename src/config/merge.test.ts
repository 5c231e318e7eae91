import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainValue, type ResolvedNode } from './document/tree.ts'
import { readGymYaml } from './gym-yaml.ts'
import { mergeMaps } from './merge.ts'
import { loadOracle } from '../../test/fixtures/config/read.ts'

test('documents merge as OmegaConf merges them, order of keys included', () => {
  for (const recorded of loadOracle().merges) {
    const merged = recorded.documents.map((text) => readGymYaml(text, 'file.yaml').root).reduce(mergeMaps)
    assert.ok('value' in recorded)
    assert.equal(JSON.stringify(plainValue(merged as ResolvedNode)), JSON.stringify(recorded.value))
  }
})
