import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { JsonObject } from '../model/json.ts'
import { startSimulator } from '../testing/started-simulator.ts'

const prompt = { role: 'user', content: '[[call:f]] [[call:g]]' }
const tools = ['f', 'g'].map((name) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
}))

test('a trigger folds the conversation into one item, and the model goes on from there', async (t) => {
  const { post } = await startSimulator(t)
  const ask = async (input: readonly JsonObject[]): Promise<JsonObject[]> => {
    const { json, status, text } = await post('/responses', { model: 'gpt-test', tools, input })
    assert.equal(status, 200, text)
    return json.output as JsonObject[]
  }
  const [call = {}] = await ask([prompt])
  const output = { type: 'function_call_output', call_id: call.call_id, output: 'ok' }
  const trigger = { type: 'compaction_trigger' }
  const folded = await ask([prompt, call, output, trigger])
  assert.deepEqual(
    folded.map((item) => item.type),
    ['compaction'],
  )
  const [next = {}] = await ask([prompt, ...folded])
  assert.deepEqual([call.name, next.name], ['f', 'g'])

  const streamed = await post('/responses', {
    model: 'gpt-test',
    stream: true,
    input: [prompt, call, output, trigger],
  })
  assert.match(streamed.text, /event: response\.output_item\.done\ndata: .*"type":"compaction"/)
  const tampered = [{ ...folded[0], encrypted_content: `${String(folded[0]?.encrypted_content)}x` }, prompt]
  assert.equal((await post('/responses', { model: 'gpt-test', input: tampered })).status, 400)
})

test('what Codex notes for itself is taken by OpenAI, and refused by a host that is not', async (t) => {
  const { post } = await startSimulator(t)
  const plain = await startSimulator(t, { namespaces: false })
  const message = { role: 'user', content: 'x' }
  const notes = { internal_chat_message_metadata_passthrough: { turn_id: 'x' } }
  const requests: readonly (readonly [JsonObject, string])[] = [
    [{ input: [message], client_metadata: { thread_id: 'x' } }, 'client_metadata'],
    [{ input: [{ ...message, ...notes }] }, 'input[0].internal_chat_message_metadata_passthrough'],
    [{ input: [{ type: 'additional_tools', role: 'developer', tools }, message] }, 'input[0].type'],
    [{ input: [message], tools: [...tools, { type: 'namespace', name: 'n', tools }] }, 'tools[2].type'],
  ]
  for (const [request, param] of requests) {
    const body = { model: 'gpt-test', ...request }
    assert.equal((await post('/responses', body)).status, 200, param)
    const refused = await plain.post('/responses', body)
    assert.deepEqual([refused.status, (refused.json.error as JsonObject).param], [400, param])
  }
})
