import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { createBillingDesk } from '../../src/simulator/billing/billing-desk.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { Child, serveArguments } from './child-server.ts'
import { ask } from './http-call.ts'
import { startStage } from './started.ts'

test('the money commands as a user runs them, beside a server at work', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'spotter-live-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const desk = createBillingDesk(systemClock)
  const stage = await startStage(t, {
    model: 'gpt-5.4-mini',
    settings: { 'ledger.enabled': true, 'ledger.directory': directory },
    simulator: { biller: desk.biller },
  })
  const call = async (url: string): Promise<void> => {
    const headers = { authorization: 'Bearer sk-test-0123456789abcdef' }
    const body = { model: 'gpt-5.4-mini', input: 'What is new?' }
    assert.equal((await ask(`${url}/responses`, { body, headers })).status, 200)
  }
  const reconcile = async (): Promise<{ code: number | string; output: string }> => {
    const child = new Child(t, {
      arguments: ['cost', 'reconcile', '--base-url', stage.simulator.url, '--directory', directory],
      environment: { OPENAI_ADMIN_KEY: 'sk-admin-0123456789' },
    })
    return { code: await child.ended(), output: child.output }
  }
  for (let index = 0; index < 3; index++) await call(`${stage.url}/v1`)

  const live = new Child(t, { arguments: ['cost', '--live', '--directory', directory] })
  await live.says(/^3 calls, \$0\.\d{6}, now \$0\.000000 an hour\n\nmodel +calls .*\ngpt-5\.4-mini\S* +3 /)
  const agreed = await reconcile()
  assert.match(agreed.output, /The ledger agrees with OpenAI's usage \(0\.00 % of the tokens differ\)/)
  assert.equal(agreed.code, 0)

  await call(stage.simulator.url)
  const parted = await reconcile()
  assert.match(parted.output, /The ledger differs from OpenAI's usage by \d+\.\d\d %/)
  assert.equal(parted.code, 1)

  await call(`${stage.url}/v1`)
  await live.says(/\n4 calls, \$0\.\d{6}, now \$\d+\.\d{6} an hour\n/)
  live.signal('SIGINT')
  assert.equal(await live.ended(), 'SIGINT')
})

test('check --live asks the host about key and model, and writes nothing down', async (t) => {
  const simulator = createSimulator()
  const baseUrl = await simulator.listen()
  t.after(() => simulator.close())
  const cwd = await mkdtemp(join(tmpdir(), 'spotter-check-live-'))
  t.after(() => rm(cwd, { recursive: true, force: true }))
  const check = async (...overrides: string[]): Promise<{ code: number | string; output: string }> => {
    const [, ...settings] = serveArguments({ baseUrl, settings: { 'ledger.enabled': true } })
    const child = new Child(t, { arguments: ['check', '--live', ...settings, ...overrides], cwd })
    return { code: await child.ended(), output: child.output }
  }
  const [right, unlisted, rejected] = await Promise.all([
    check('++policy_model_name=gpt-4o'),
    check('++policy_model_name=gpt-unheard-of'),
    check('++policy_model_name=gpt-4o', '++policy_api_key=sk-invalid-0123456789'),
  ])
  assert.match(right.output, new RegExp(`${baseUrl} took the key and has the model gpt-4o\\.`))
  assert.match(right.output, /gpt-4o retires on 2027-01-14/)
  assert.equal(right.code, 0)
  assert.match(unlisted.output, /took the key, but does not list the model gpt-unheard-of/)
  assert.equal(unlisted.code, 1)
  assert.match(rejected.output, /rejected the key/)
  assert.doesNotMatch(rejected.output, /0123456789/)
  assert.equal(rejected.code, 1)

  await simulator.close()
  const gone = await check('++policy_model_name=gpt-4o')
  assert.match(gone.output, /Nothing accepts connections at 127\.0\.0\.1:/)
  assert.equal(gone.code, 1)
  assert.deepEqual(await readdir(cwd), [])
})
