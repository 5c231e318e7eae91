import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ask } from './http-call.ts'
import { startStage } from './started.ts'

interface Recorded {
  readonly client: string
  readonly scenario: string
  readonly path: string
  readonly body: Record<string, unknown>
}

function recorded(name: string): readonly Recorded[] {
  const text = readFileSync(new URL(`../fixtures/wire/${name}.json`, import.meta.url), 'utf8')
  return (JSON.parse(text) as { requests: readonly Recorded[] }).requests
}

test('what real clients send in Responses and Messages is valid for a host that only chats', async (t) => {
  const stage = await startStage(t, {
    model: 'gpt-test',
    simulator: { chatOnly: { reasoning: 'reasoning_content' } },
    settings: { upstream_api: 'chat' },
  })
  const requests = [...recorded('responses'), ...recorded('messages')].filter(
    ({ path, body }) => !path.includes('count_tokens') && body['thread'] === undefined,
  )
  assert.ok(requests.length > 40)
  for (const { client, scenario, path, body } of requests) {
    const { status, text } = await ask(stage.url + path, { body })
    assert.equal(status, 200, `${client}: ${scenario}: ${text}`)
  }
  const { invalid } = stage.simulator.control.status
  assert.equal(invalid, 0)
  assert.ok(stage.simulator.control.requests.every(({ path }) => path === '/v1/chat/completions'))
})
