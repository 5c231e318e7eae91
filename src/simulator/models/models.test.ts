import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { JsonObject } from '../model/json.ts'
import { startSimulator } from '../testing/started-simulator.ts'

const user = { role: 'user', content: 'x' }

test('a model refuses what it cannot do', async (t) => {
  const { post, simulator } = await startSimulator(t)
  const tools = [
    { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } },
  ]
  const refused: readonly [path: string, body: JsonObject, status: number, message: RegExp][] = [
    [
      '/responses',
      { model: 'gpt-9', input: 'x' },
      404,
      /The model `gpt-9` does not exist or you do not have access to it\./,
    ],
    ['/responses', { model: 'gpt-4-turbo', input: 'x' }, 404, /does not exist/],
    [
      '/responses',
      { model: 'gpt-4.1', input: 'x', reasoning: { effort: 'low' } },
      400,
      /Unsupported parameter: 'reasoning\.effort'/,
    ],
    [
      '/responses',
      { model: 'gpt-4.1', input: 'x', include: ['reasoning.encrypted_content'] },
      400,
      /Encrypted content is not supported with this model/,
    ],
    [
      '/responses',
      { model: 'gpt-6-astra', input: 'x', reasoning: { effort: 'none' } },
      400,
      /Unsupported value: 'reasoning\.effort' does not support 'none' with this model\. Supported values are: 'low'/,
    ],
    [
      '/responses',
      { model: 'gpt-6-sol', input: 'x', temperature: 0.2 },
      400,
      /Unsupported parameter: 'temperature' is not supported with this model\./,
    ],
    [
      '/chat/completions',
      { model: 'gpt-6-sol', messages: [user], temperature: 0.2 },
      400,
      /'temperature' does not support 0\.2 with this model/,
    ],
    [
      '/chat/completions',
      { model: 'gpt-5.5', messages: [user], max_tokens: 5 },
      400,
      /Use 'max_completion_tokens' instead/,
    ],
    [
      '/chat/completions',
      { model: 'gpt-6-sol', messages: [user], stop: 'x' },
      400,
      /Unsupported parameter: 'stop'/,
    ],
    [
      '/chat/completions',
      { model: 'gpt-6-sol', messages: [user], tools: tools as never },
      400,
      /use \/v1\/responses or set reasoning_effort to 'none'/,
    ],
    [
      '/chat/completions',
      { model: 'gpt-6-astra', messages: [user], tools: tools as never },
      400,
      /Please use \/v1\/responses instead/,
    ],
    [
      '/chat/completions',
      { model: 'gpt-5.5', messages: [user], tools: tools as never, reasoning_effort: 'low' },
      400,
      /Function tools with reasoning_effort/,
    ],
    ['/chat/completions', { model: 'gpt-5.5-pro', messages: [user] }, 404, /only supported in v1\/responses/],
    [
      '/chat/completions',
      { model: 'gpt-4o', messages: [user], max_tokens: 50_000 },
      400,
      /This model supports at most 16384 completion tokens/,
    ],
  ]
  for (const [path, body, status, message] of refused) {
    const answer = await post(path, body)
    assert.equal(answer.status, status, JSON.stringify(body))
    assert.match(String((answer.json.error as JsonObject).message), message)
  }
  assert.equal(simulator.control.status.invalid, refused.length)
  const taken = { model: 'gpt-6-sol', messages: [user], tools, reasoning_effort: 'none', temperature: 0.2 }
  assert.equal((await post('/chat/completions', taken)).status, 200)
  assert.equal(
    (
      await post('/responses', {
        model: 'gpt-6-sol',
        input: 'x',
        temperature: 0.2,
        reasoning: { effort: 'none' },
      })
    ).status,
    200,
  )
})

test('an input beyond the context window is refused, inside the stream when there is one', async (t) => {
  const { post } = await startSimulator(t)
  const input = 'word '.repeat(210_000)
  const { json } = await post('/responses', { model: 'o3', input })
  assert.equal((json.error as JsonObject).code, 'context_length_exceeded')
  const streamed = await post('/responses', { model: 'o3', input, stream: true })
  assert.equal(streamed.status, 200)
  assert.match(streamed.text, /event: error\n.*context_length_exceeded.*"sequence_number":2/)
  const chat = await post('/chat/completions', {
    model: 'gpt-4o',
    messages: [{ role: 'user', content: input }],
  })
  assert.match(
    chat.text,
    /maximum context length is 128000 tokens\. However, your messages resulted in \d+ tokens/,
  )
})
