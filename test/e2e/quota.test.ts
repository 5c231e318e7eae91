import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { renderStatus, type Status } from '../../src/cli/status-page.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createQuotaTwin } from '../../src/simulator/limits/quota-twin.ts'
import { scenarioOf } from '../../src/simulator/scenarios/schema.ts'
import type { Stage } from './stage.ts'
import { startStage } from './started.ts'
import { until } from './until.ts'

const ask = (stage: Stage, body: object = {}): Promise<Response> =>
  fetch(`${stage.url}/v1/responses`, {
    method: 'POST',
    body: JSON.stringify({ input: 'hello', max_output_tokens: 20, ...body }),
  })

const status = async (stage: Stage): Promise<Status> =>
  (await (await fetch(`${stage.url}/status`)).json()) as Status

test('an empty account parks every call, costs a few probes, and work goes on by itself', async (context) => {
  const hooks: { event: string; state: string }[] = []
  const hook = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      hooks.push(JSON.parse(text) as { event: string; state: string })
      response.end()
    })
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  context.after(() => hook.close())
  const { port } = hook.address() as AddressInfo
  const stage = await startStage(context, {
    settings: {
      'pacing.first_probe_seconds': 0.2,
      'pacing.longest_probe_seconds': 0.4,
      'pacing.ramp_step_seconds': 0.1,
      'pacing.webhook_url': `http://127.0.0.1:${port}/hook`,
    },
  })
  stage.simulator.control.fault('quota', { times: 3 })
  const calls = Array.from({ length: 40 }, () => ask(stage))
  await until('the circuit opens', () => stage.log.some((line) => /quota circuit is open/.test(line)))
  const held = await status(stage)
  assert.equal(held.limiter.circuits.quota.policy, 'park')
  // Not at a moment in which a probe is under way.
  await until('it is said when the account is tried again', async () => {
    const page = renderStatus(await status(stage), { write: () => true })
    return /^quota {5}open for .*next try in/m.test(page)
  })
  const metrics = await (await fetch(`${stage.url}/metrics`)).text()
  assert.match(metrics, /^spotter_circuit_open\{circuit="quota"\} 1$/m)
  for (const answer of await Promise.all(calls)) assert.equal(answer.status, 200)
  const refused = stage.simulator.control.requests.filter((request) => request.status === 429).length
  assert.equal(refused, 3)
  await until(
    'both changes are told',
    () => hooks.some(({ state }) => state === 'open') && hooks.some(({ state }) => state !== 'open'),
  )
  assert.equal(stage.log.filter((line) => /quota circuit is open/.test(line)).length, 1)
})

test('on_quota: fail answers 402 at once with OpenAI’s words, and newcomers without asking', async (context) => {
  const stage = await startStage(context, { settings: { 'pacing.on_quota': 'fail' } })
  stage.simulator.control.fault('quota', { times: 1000 })
  const first = await ask(stage)
  assert.equal(first.status, 402)
  const { error } = (await first.json()) as { error: Record<string, unknown> }
  assert.equal(error['category'], 'quota')
  assert.match(String(error['upstream_message']), /exceeded your current quota/)
  const before = stage.simulator.control.requests.length
  for (const answer of await Promise.all([ask(stage), ask(stage), ask(stage)]))
    assert.equal(answer.status, 402)
  assert.equal(stage.simulator.control.requests.length, before)

  stage.simulator.control.clearFaults()
  const resumed = await fetch(`${stage.url}/admin/resume`, { method: 'POST' })
  assert.deepEqual(await resumed.json(), { probing: true })
  assert.equal((await ask(stage)).status, 200)
})

test('a quota error inside a stream is caught before the client has seen anything, and parked', async (context) => {
  const stage = await startStage(context, {
    settings: {
      'pacing.first_probe_seconds': 0.1,
      'pacing.ramp_step_seconds': 0.1,
      'server.preamble_hold_seconds': 20,
    },
  })
  stage.simulator.control.fault('stream-quota')
  const answer = await ask(stage, { stream: true })
  const text = await answer.text()
  assert.equal(answer.status, 200)
  assert.match(text, /response\.completed/)
  assert.doesNotMatch(text, /insufficient_quota/)
  assert.equal(stage.simulator.control.requests.length, 2)
})

test('a rejected key fails at once; the next callers are not sent until a probe is asked for', async (context) => {
  const stage = await startStage(context)
  stage.simulator.control.fault('invalid-key')
  assert.equal((await ask(stage)).status, 401)
  assert.equal((await ask(stage)).status, 401)
  assert.equal(stage.simulator.control.requests.length, 1)
  await fetch(`${stage.url}/admin/resume`, { method: 'POST' })
  assert.equal((await ask(stage)).status, 200)
})

test('a request larger than a limit the host has told of is refused without being sent', async (context) => {
  const { limiter } = createQuotaTwin(scenarioOf({ limits: { rpm: 1000, tpm: 1000 } }), systemClock)
  const stage = await startStage(context, { simulator: { limiter } })
  assert.equal((await ask(stage)).status, 200)
  const answer = await ask(stage, { max_output_tokens: 5000 })
  assert.equal(answer.status, 413)
  const { error } = (await answer.json()) as { error: { message: string; attempts: number } }
  assert.equal(error.attempts, 0)
  assert.match(error.message, /1,?000/)
  assert.equal(stage.simulator.control.requests.length, 1)
})
