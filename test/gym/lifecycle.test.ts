import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { HttpCall } from '../e2e/http-call.ts'
import { openUpstream } from '../e2e/stage.ts'
import { until } from '../e2e/until.ts'

const folder = join(import.meta.dirname, '..', '..', 'responses_api_models', 'openai_model')
const needsPython = {
  skip: spawnSync('python3', ['--version']).status === 0 ? false : 'no Python here',
}

/** The environment in which Gym starts a server. */
function gymEnvironment(baseUrl: string, more = ''): NodeJS.ProcessEnv {
  const document = `policy_model:
  responses_api_models:
    openai_model:
      entrypoint: app.py
      openai_base_url: ${baseUrl}
      openai_api_key: sk-test-0123456789
      openai_model: gpt-4o
      host: 127.0.0.1
      port: 0
      preflight: 'off'
      ledger:
        enabled: false
${more}`
  return {
    ...process.env,
    NEMO_GYM_NODE: process.execPath,
    NEMO_GYM_CONFIG_DICT: document,
    NEMO_GYM_CONFIG_PATH: 'policy_model',
  }
}

/** Starts the server with a line of the shape that Gym gives to bash. */
async function start(
  t: TestContext,
  shape: (command: string) => string,
  baseUrl: string,
): Promise<{ bash: ChildProcess; port: number; output: () => string }> {
  const line = shape(`cd "${folder}" && python3 app.py`)
  const bash = spawn('/bin/bash', ['-c', line], { env: gymEnvironment(baseUrl), detached: true })
  t.after(() => {
    try {
      if (bash.pid) process.kill(-bash.pid, 'SIGKILL')
    } catch {
      // All of it has ended, as it should.
    }
  })
  let output = ''
  for (const stream of [bash.stdout, bash.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const listening = /serves gpt-4o at \S+ on http:\/\/127\.0\.0\.1:(\d+)/
  await until('the server listens', () => listening.test(output) || bash.exitCode !== null)
  const port = Number(listening.exec(output)?.[1])
  assert.ok(port > 0, output)
  return { bash, port, output: () => output }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('connect', () => socket.destroy(undefined))
    socket.on('connect', () => resolve(false))
    socket.on('error', () => resolve(true))
  })
}

test('a dry run checks the configuration and starts nothing', needsPython, () => {
  const run = (more: string) =>
    spawnSync('/bin/bash', ['-c', `cd "${folder}" && python3 app.py`], {
      env: gymEnvironment('http://127.0.0.1:9/v1', more),
    })
  const good = run('dry_run: true\n')
  assert.equal(good.status, 0, good.stderr.toString())
  assert.equal(good.stdout.toString(), '')
  const bad = run('      max_concurrent_requests: none\ndry_run: true\n')
  assert.equal(bad.status, 1)
  assert.match(bad.stderr.toString(), /max_concurrent_requests/)
})

test('on SIGINT every open call is answered, and the port is free', needsPython, async (t) => {
  const upstream = await openUpstream(() => {})
  t.after(() => upstream.close())
  const { bash, port, output } = await start(t, (command) => command, upstream.url)
  assert.ok(output().startsWith('(policy_model) '))
  const call = new HttpCall(`http://127.0.0.1:${port}/v1/responses`, { body: { input: 'hi' } })
  await until('the call is sent on', () => upstream.requests.length === 1)
  // Bash has become the server: this is the process that Gym signals.
  bash.kill('SIGINT')
  const answer = await call.answer()
  assert.match(answer.text, /Spotter is shutting down/)
  if (bash.exitCode === null) await once(bash, 'exit')
  assert.equal(bash.exitCode, 0)
  assert.equal(await isFree(port), true)
})

test(
  'where a log file stands between, the server ends when its launcher is killed',
  needsPython,
  async (t) => {
    const upstream = await openUpstream(() => {})
    t.after(() => upstream.close())
    const shape = (command: string) => `set -o pipefail; (${command}) 2>&1 | tee -a /dev/null`
    const { bash, port, output } = await start(t, shape, upstream.url)
    bash.kill('SIGKILL')
    await until('the server says why it ends', () => output().includes('what started this server is gone'))
    await once(bash.stdout ?? assert.fail(), 'end')
    assert.equal(await isFree(port), true)
  },
)
