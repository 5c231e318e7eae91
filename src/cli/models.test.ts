import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { standardPrices } from '../policy/price-table.ts'
import { modelsDocument, registerModels } from './models.ts'
import { registerPrices } from './prices.ts'

async function run(...parameters: string[]): Promise<string> {
  let text = ''
  const program = new Command('spotter').exitOverride()
  const screen = { write: (part: string) => (text += part) }
  registerModels(program, screen)
  registerPrices(program, screen)
  await program.parseAsync(parameters, { from: 'user' })
  return text
}

test('docs/models.md is what the table says: run `spotter models --markdown > docs/models.md`', () => {
  const page = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8')
  assert.equal(page, modelsDocument(standardPrices))
})

test('models lists every model, in every format', async () => {
  const text = await run('models')
  for (const model of ['gpt-4.1', 'gpt-4o', 'gpt-4o-mini', 'gpt-4-turbo'])
    assert.ok(text.includes(`\n${model} `), model)
  assert.equal(text.trimEnd().split('\n').length, 66)
  assert.equal((JSON.parse(await run('models', '--json')) as unknown[]).length, 65)
  assert.match(await run('models', '--markdown'), /^# Models\n/)
})

test('prices prints tiers as of a day and says what it does not know', async () => {
  const text = await run('prices', 'gpt-5.6', '--at', '2026-08-21')
  assert.match(text, /gpt-5\.6-sol +standard +\$4\.00 +\$0\.40 +\$5\.00 +\$10\.00 +\$20\.00/)
  await assert.rejects(run('prices', 'nothing'), /nothing is not in the price table/)
  await assert.rejects(run('prices', '--at', 'soon'), /--at soon is not a time/)
})

test('prices diff compares with a file', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'spotter-prices-')), 'table.json')
  writeFileSync(file, await run('prices', '--json'))
  assert.match(await run('prices', 'diff', file), /^No price in .* differs/)
  const entry = { litellm_provider: 'openai', input_cost_per_token: 2.5e-6, output_cost_per_token: 2e-5 }
  writeFileSync(file, JSON.stringify({ 'gpt-4o': entry }))
  assert.match(await run('prices', 'diff', file), /gpt-4o +standard output +\$10\.00 +\$20\.00 +\+100\.0 %/)
  writeFileSync(file, 'nonsense')
  await assert.rejects(run('prices', 'diff', file), /cannot read prices from/)
})
