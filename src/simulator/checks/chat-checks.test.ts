import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { JsonObject } from '../model/json.ts'
import { startSimulator } from '../testing/started-simulator.ts'

const user = { role: 'user', content: 'x' }

/** The change to a good request, then code, parameter, a part of the message. */
const chat: readonly [change: JsonObject, code: string | null, param: string | null, message: RegExp][] = [
  [{ messages: undefined }, 'missing_required_parameter', 'messages', /messages/],
  [{ messages: [] }, 'empty_array', 'messages', /empty array/],
  [{ input: 'x' }, 'unknown_parameter', 'input', /Unknown parameter: 'input'/],
  [{ max_output_tokens: 5 }, 'unknown_parameter', 'max_output_tokens', /Unknown/],
  [
    { messages: [{ role: 'robot', content: 'x' }] },
    'invalid_value',
    'messages[0].role',
    /'system', 'developer', 'user'/,
  ],
  [
    { messages: [{ role: 'user', content: null }] },
    null,
    'messages.[0].content',
    /^Invalid value for 'content': expected a string, got null\.$/,
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'input_text', text: 'x' }] }] },
    'invalid_value',
    'messages[0].content[0].type',
    /'text', 'image_url'/,
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: {} }] }] },
    'unknown_parameter',
    'messages[0].content[0].cache_control',
    /cache_control/,
  ],
  [
    { messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] },
    null,
    'messages.[0].role',
    /must be a response to a preceeding message with 'tool_calls'\.$/,
  ],
  [
    {
      messages: [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        user,
      ],
    },
    null,
    'messages',
    /did not have response messages: a$/,
  ],
  [{ stream_options: {} }, null, 'stream_options', /only allowed when 'stream' is enabled/],
  [{ parallel_tool_calls: true }, null, 'parallel_tool_calls', /only allowed when 'tools' are specified/],
  [{ tool_choice: 'auto' }, null, 'tool_choice', /only allowed when 'tools' are specified/],
  [
    { tools: [{ type: 'function', name: 'f' }] },
    'missing_required_parameter',
    'tools[0].function',
    /tools\[0\]\.function/,
  ],
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'array_above_max_length', 'stop', /maximum length 4/],
  [{ response_format: { type: 'json_object' } }, null, 'messages', /must contain the word 'json'/],
  [{ service_tier: 'ultrafast' }, 'invalid_value', 'service_tier', /ultrafast/],
]

test('the strict checks of chat say what OpenAI says', async (t) => {
  const { post } = await startSimulator(t)
  for (const [change, code, param, message] of chat) {
    const { status, json, text } = await post('/chat/completions', {
      model: 'gpt-test',
      messages: [user],
      ...change,
    })
    const error = json.error as JsonObject | undefined
    assert.ok(error, `${JSON.stringify(change)} was taken: ${text}`)
    assert.deepEqual(
      [status, error.type, error.code, error.param],
      [400, 'invalid_request_error', code, param],
      JSON.stringify(change),
    )
    assert.match(String(error.message), message)
  }
})

const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}', parsed_arguments: null } }
const repeated = { role: 'assistant', refusal: null, annotations: [], tool_calls: [call] }

test('what the official SDKs send back of an answer is taken', async (t) => {
  const { post } = await startSimulator(t)
  const answers: readonly JsonObject[] = [
    { role: 'assistant', content: 'hm', refusal: null, parsed: null, tool_calls: [call] },
    { ...repeated, content: [{ type: 'text', text: 'hm', ...repeated }] },
  ]
  for (const answer of answers) {
    const messages = [user, answer, { role: 'tool', tool_call_id: 'a', content: 'x' }]
    const { status, text } = await post('/chat/completions', { model: 'gpt-test', messages })
    assert.equal(status, 200, text)
  }
  const { json } = await post('/chat/completions', {
    model: 'gpt-test',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'x', refusal: null }] }],
  })
  assert.equal((json.error as JsonObject).param, 'messages[0].content[0].refusal')
})
