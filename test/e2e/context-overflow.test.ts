import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask } from './http-call.ts'
import { startStage } from './started.ts'

const request = { input: 'hi', metadata: { task: 'a' } }

test('a conversation that is too long is answered as one that was cut off', async (t) => {
  const { simulator, url, log, server } = await startStage(t)
  simulator.control.fault('context-length', { times: 1 })
  const answer = await ask(`${url}/v1/responses`, { body: request })
  assert.equal(answer.status, 200)
  const told = answer.json() as {
    status: string
    incomplete_details: unknown
    output: unknown
    metadata: unknown
    model: string
  }
  assert.equal(told.status, 'incomplete')
  assert.deepEqual(told.incomplete_details, { reason: 'max_output_tokens' })
  assert.deepEqual(told.output, [])
  assert.equal(told.model, 'gpt-test')
  const { task, spotter_reason } = told.metadata as Record<string, string>
  assert.deepEqual([task, spotter_reason], ['a', 'context_overflow'])
  assert.equal(simulator.control.status.requests, 1)
  await server.close()
  assert.equal(log.filter((line) => line.includes('The conversation is longer')).length, 1, log.join(''))
})

test('who streams, chats or speaks Messages is told the error', async (t) => {
  const { simulator, url } = await startStage(t)
  simulator.control.fault('context-length', { times: 3 })
  const messages = [{ role: 'user', content: 'hi' }]
  const calls = [
    ['/v1/responses', { ...request, stream: true }],
    ['/v1/chat/completions', { messages }],
    ['/v1/messages', { model: 'claude', max_tokens: 100, messages }],
  ] as const
  for (const [path, body] of calls) assert.equal((await ask(url + path, { body })).status, 400, path)
})

test('agents.context_overflow: error tells the error', async (t) => {
  const { simulator, url } = await startStage(t, { settings: { 'agents.context_overflow': 'error' } })
  simulator.control.fault('context-length', { times: 1 })
  const answer = await ask(`${url}/v1/responses`, { body: request })
  assert.equal(answer.status, 400)
  assert.equal((answer.json() as { error: { category: string } }).error.category, 'context_overflow')
})

test("the rollout's capture has the answer that the agent got, and says what failed", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'spotter-overflow-'))
  t.after(() => rm(directory, { recursive: true }))
  const run = { observability_enabled: true, model_call_capture_dir: directory }
  const { simulator, url } = await startStage(t, { run })
  simulator.control.fault('context-length', { times: 1 })
  const { id } = (await ask(`${url}/ng-rollout/r1/v1/responses`, { body: request })).json()
  const [line = ''] = readFileSync(join(directory, 'r1.capture.jsonl'), 'utf8').split('\n')
  const record = JSON.parse(line)
  assert.equal(record.response.id, id)
  assert.equal(record.status_code, 200)
  assert.equal(record.error_category, 'context_length_exceeded')
  assert.equal(record.x_spotter.failure, 'context_overflow')
  assert.equal(record.x_spotter.upstream_status, 400)
})
