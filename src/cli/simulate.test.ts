import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'

import { Command } from 'commander'

import { registerSimulate, startUpText } from './simulate.ts'

const main = join(import.meta.dirname, '..', 'main.ts')

test('the start-up text says where the faults are listed and gives the lines for env.yaml', () => {
  const text = startUpText('http://127.0.0.1:1/v1', null)
  assert.match(text, /docs\/simulator\.md, or curl http:\/\/127\.0\.0\.1:1\/_simulator\/faults\n/)
  assert.ok(text.split('\n').length < 14)
  assert.match(text, /policy_base_url: http:\/\/127\.0\.0\.1:1\/v1\n/)
  assert.ok(text.split('\n').every((line) => line.length <= 120))
})

test('spotter simulate answers, limits by a scenario, and stops on SIGINT with a summary', async () => {
  const child = spawn(process.execPath, [
    main,
    'simulate',
    '--port',
    '0',
    '--latency-ms',
    '0',
    '--scenario',
    'tier1',
    '--bill',
  ])
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  while (!text.includes('Ctrl-C')) await Promise.race([once(child.stdout, 'data'), failed(child, () => text)])
  const url = /listens on (\S+)/.exec(text)?.[1]
  const answer = await fetch(`${url}/responses`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-simulated' },
    body: JSON.stringify({ model: 'gpt-4.1', input: 'hello' }),
  })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-ratelimit-limit-requests'), '500')
  await answer.text()
  const costs = await fetch(`${url}/organization/costs?start_time=${Math.floor(Date.now() / 1000)}`, {
    headers: { authorization: 'Bearer sk-admin-simulated' },
  })
  const { data } = (await costs.json()) as { data: { results: { amount: { value: number } }[] }[] }
  assert.ok(data[0]!.results[0]!.amount.value > 0)
  child.kill('SIGINT')
  const [code] = (await once(child, 'exit')) as [number]
  assert.equal(code, 0)
  assert.match(text, /2 requests \(2 × 200\), 0 invalid; .*; 0 read from the cache, \$0\.0\d+\./)
})

test('a wrong option or scenario is refused in a sentence', async () => {
  const run = async (...options: string[]): Promise<string> => {
    let text = ''
    const program = new Command().exitOverride().configureOutput({
      writeErr: (line) => {
        text += line
      },
    })
    registerSimulate(program)
    await assert.rejects(program.parseAsync(['node', 'spotter', 'simulate', ...options]))
    return text
  }
  assert.match(await run('--port', 'x'), /Give a number of at least 0/)
  assert.match(await run('--scenario', 'nonsense'), /There is no scenario called nonsense/)
})

async function failed(child: ReturnType<typeof spawn>, said: () => string): Promise<never> {
  await once(child, 'exit')
  throw new Error(`spotter simulate ended before it listened: ${said()}`)
}
