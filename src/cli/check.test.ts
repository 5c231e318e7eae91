import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'

const cwd = mkdtempSync(join(tmpdir(), 'spotter-check-'))
after(() => rmSync(cwd, { recursive: true }))

const program = `
  const { Command } = await import(${JSON.stringify(import.meta.resolve('commander'))})
  const { registerCheck } = await import(${JSON.stringify(import.meta.resolve('./check.ts'))})
  const program = new Command('spotter')
  registerCheck(program)
  await program.parseAsync(['check', ...process.argv.slice(1)], { from: 'user' })`

function check(...args: string[]) {
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', program, '--', ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
  return { code: result.status, out: result.stdout, err: result.stderr }
}

test('check says what is missing, then what is there; --print shows it without the key', () => {
  const missing = check()
  assert.equal(missing.code, 1)
  assert.equal(missing.out, '')
  assert.equal(missing.err.trim().split('\n').length, 3)
  assert.match(missing.err, /copy env\.yaml\.example to env\.yaml/)

  const key = 'sk-proj-0123456789abcdef'
  writeFileSync(
    join(cwd, 'env.yaml'),
    `policy_base_url: https://api.openai.com/v1/\npolicy_api_key: ${key}\npolicy_model_name: gpt-4o\n`,
  )
  const right = check()
  assert.deepEqual([right.code, right.err], [0, ''])
  assert.match(right.out, /gpt-4o at https:\/\/api\.openai\.com\/v1, served on http:\/\/127\.0\.0\.1:/)

  const printed = check('--print', '++policy_model.responses_api_models.openai_model.max_http_attempts=7')
  assert.equal(printed.code, 0)
  assert.ok(!printed.out.includes(key))
  const document = parse(printed.out, { version: '1.1' }) as {
    policy_model: { responses_api_models: { openai_model: Record<string, unknown> } }
  }
  const server = document.policy_model.responses_api_models.openai_model
  assert.equal(server['openai_base_url'], 'https://api.openai.com/v1')
  assert.equal(server['openai_api_key'], '********')
  assert.deepEqual((server['retry'] as Record<string, unknown>)['max_attempts'], 7)
})
