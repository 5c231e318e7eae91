import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import { exampleRow } from '../../test/support/example-row.ts'
import { ledgerDirectory } from '../../test/support/ledger.ts'
import { registerForecast } from './forecast.ts'

async function run(...parameters: string[]): Promise<string> {
  let text = ''
  const program = new Command('spotter').exitOverride().configureOutput({ writeErr: () => {} })
  registerForecast(program, { write: (part: string) => (text += part) })
  await program.parseAsync(['forecast', ...parameters], { from: 'user' })
  return text
}

function input(lines: readonly (object | string)[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'spotter-forecast-')), 'tasks.jsonl')
  writeFileSync(
    file,
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  )
  return file
}

const line = {
  responses_create_params: { input: 'x'.repeat(8000), max_output_tokens: 32_000 },
  agent_ref: { name: 'a' },
}

test('forecast says calls, money by tier, time, what binds and what would change it', async () => {
  const file = input([line, '', line])
  const text = await run(
    '--input',
    file,
    '--repeats',
    '16',
    '--turns',
    '4',
    '--model',
    'gpt-5.4-mini',
    '--account',
    'tier1',
    '--budget',
    '0.10',
  )
  assert.match(text, /^2 tasks × 16 repeats × 4 calls with gpt-5\.4-mini\n/)
  assert.match(text, /calls +128\n/)
  assert.match(text, /output +64,000 tokens, 500 a call \(assumed/)
  assert.match(text, /\nstandard +\$\d/)
  assert.match(text, /\nflex +\$\d/)
  assert.match(text, /Money binds: \$0\.10 pays for/)
  assert.match(text, /16 s by requests, 9 min by tokens/)
  assert.match(text, /Tokens bind: the 128 calls count as 4,096,000 tokens against 500,000 a minute/)
  assert.match(text, /- max_output_tokens of 1,000 instead of what is asked: 50 s instead of 9 min/)
  assert.match(text, /- The flex tier saves \$/)
  assert.match(text, /- Prompt caching within each rollout saves \$/)
})

test('forecast proposes no bound that changes nothing', async () => {
  const short = { responses_create_params: { input: 'x'.repeat(8000), max_output_tokens: 2000 } }
  const parameters = ['--repeats', '16', '--turns', '8', '--model', 'gpt-4.1', '--account', 'tier3']
  const text = await run('--input', input([short]), ...parameters)
  assert.match(text, /Tokens bind/)
  assert.doesNotMatch(text, /max_output_tokens of .* instead/)
})

test('forecast as JSON, with limits of its own and what a ledger taught', async () => {
  const directory = ledgerDirectory([
    exampleRow({ rollout: 'r1', output: 100 }),
    exampleRow({ rollout: 'r1', output: 300 }),
    exampleRow({ rollout: 'r2', output: 200, modelServed: 'gpt-5.4-mini' }),
    exampleRow({ rollout: 'r2', output: 200, modelServed: 'gpt-5.4-mini' }),
  ])
  const file = input([line])
  const text = await run(
    '--input',
    file,
    '--model',
    'gpt-5.4-mini',
    '--learn',
    directory,
    '--rpm',
    '1',
    '--json',
  )
  const json = JSON.parse(text) as {
    plan: { turns: number; outputTokens: number }
    calls: number
    time: { binds: string; hours: number }
  }
  assert.deepEqual([json.plan.turns, json.plan.outputTokens, json.calls], [2, 200, 2])
  assert.deepEqual([json.time.binds, json.time.hours], ['requests', 2 / 60])
})

test("forecast counts by a configuration's prices", async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'spotter-forecast-')), 'a.yaml')
  const prices = '{mine: {input: 1, output: 2}}'
  writeFileSync(file, `policy_model: {responses_api_models: {openai_model: {prices: ${prices}}}}\n`)
  const parameters = [
    '--input',
    input([line]),
    '--model',
    'mine',
    '--repeats',
    '1000',
    '--output-tokens',
    '500',
  ]
  assert.match(await run(...parameters), /No price is known for mine/)
  // 2,000 tokens at $1 and 500 at $2 a million, a thousand times.
  assert.match(await run(...parameters, '-c', file), /\nstandard +\$3\.0\d/)
})

test('the model of the lines serves when none is given; mistakes are sentences with their place', async () => {
  const named = (model: string) => ({ responses_create_params: { input: 'x', model } })
  assert.match(await run('--input', input([named('gpt-4o'), named('gpt-4o')])), /with gpt-4o\n/)
  assert.match(await run('--input', input([named('mine')])), /No price is known for mine/)
  assert.match(await run('--input', input([named('mine')])), /not known without limits: give --rpm/)
  await assert.rejects(
    run('--input', input([named('a'), named('b')])),
    /several models \(a, b\); say which with --model/,
  )
  await assert.rejects(run('--input', input([line])), /name no model; say which/)
  await assert.rejects(run('--input', input([line, '{']), '--model', 'm'), /tasks\.jsonl:2 is not JSON/)
  await assert.rejects(
    run('--input', input([{}]), '--model', 'm'),
    /tasks\.jsonl:1 has no "responses_create_params"/,
  )
  await assert.rejects(run('--input', input([]), '--model', 'm'), /has no tasks/)
  await assert.rejects(
    run('--input', '/nowhere.jsonl', '--model', 'm'),
    /^Error: there is no file \/nowhere\.jsonl: /,
  )
  await assert.rejects(run('--input', tmpdir(), '--model', 'm'), /is a folder: give the file/)
  await assert.rejects(
    run('--input', input([line]), '--model', 'gpt-4o', '--account', 'gold'),
    /known for tier1, tier2/,
  )
  await assert.rejects(
    run('--input', input([line]), '--model', 'gpt-4o', '--repeats', '0'),
    /whole number from 1 on/,
  )
})
