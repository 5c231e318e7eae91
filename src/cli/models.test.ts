import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { standardPrices } from '../policy/price/price-table.ts'
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

test("a configuration's prices are shown, whatever else it lacks", async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'spotter-prices-')), 'a.yaml')
  const prices = '{mine: {input: 1, output: 2}, gpt-4o: {input: 7, output: 8}}'
  writeFileSync(
    file,
    `policy_model: {responses_api_models: {openai_model: {openai_api_key: ???, prices: ${prices}}}}\n`,
  )
  assert.match(await run('models', '-c', file), /\nmine +.* \$1\.00 +\$1\.00 +\$2\.00/)
  const text = await run('prices', 'mine', 'gpt-4o', '--config', file)
  assert.match(text, /\nmine +standard +\$1\.00 +\$1\.00 .* \$2\.00 +configuration/)
  assert.match(text, /\ngpt-4o +standard +\$7\.00 /)
  const table = join(mkdtempSync(join(tmpdir(), 'spotter-prices-')), 'table.json')
  writeFileSync(table, await run('prices', '--json'))
  assert.match(await run('prices', 'diff', table, '-c', file), /gpt-4o +standard input +\$7\.00 +\$2\.50/)
})

test('a configuration that cannot be read is said, and which server is meant must be clear', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'spotter-prices-')), 'a.yaml')
  const model = (dollars: number) =>
    `{responses_api_models: {openai_model: {prices: {gpt-4o: {input: ${dollars}, output: 1}}}}}`
  writeFileSync(file, `a: ${model(3)}\nb: ${model(4)}\n`)
  await assert.rejects(run('prices', '-c', file), /several openai_model servers; choose one with --server/)
  assert.match(await run('prices', 'gpt-4o', '-c', file, '--server', 'b'), /gpt-4o +standard +\$4\.00/)
  writeFileSync(file, 'a: {responses_api_models: {openai_model: {prices: {gpt-4o: cheap}}}}\n')
  await assert.rejects(run('models', '-c', file), /cannot be used:\n.*a\.yaml:1:\d+ .*gpt-4o/)
  await assert.rejects(run('models', '-c', `${file}.not`), /a\.yaml\.not/)
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
