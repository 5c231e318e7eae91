import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { JsonObject } from '../model/json.ts'
import { startSimulator } from '../testing/started-simulator.ts'

const strict = (parameters: JsonObject): JsonObject => ({
  type: 'function',
  name: 'f',
  strict: true,
  parameters,
})
const user = { role: 'user', content: 'x' }

/** What OpenAI says against a Responses request: the change to a good one, then code, parameter, a part of the message. */
const responses: readonly [change: JsonObject, code: string | null, param: string | null, message: RegExp][] =
  [
    [{ input: undefined }, 'missing_required_parameter', 'input', /^Missing required parameter: 'input'\.$/],
    [{ frob: 1 }, 'unknown_parameter', 'frob', /^Unknown parameter: 'frob'\.$/],
    [
      { input: 5 },
      'invalid_type',
      'input',
      /expected one of a string or array of objects, but got an integer instead/,
    ],
    [{ stream: 'yes' }, 'invalid_type', 'stream', /expected a boolean, but got a string instead/],
    [
      { max_output_tokens: 5 },
      'integer_below_min_value',
      'max_output_tokens',
      /Expected a value >= 16, but got 5 instead/,
    ],
    [{ temperature: 3 }, 'decimal_above_max_value', 'temperature', /<= 2/],
    [
      { stream_options: { include_usage: true } },
      'unknown_parameter',
      'stream_options.include_usage',
      /Unknown/,
    ],
    [{ service_tier: 'gold' }, 'invalid_value', 'service_tier', /Supported values are: 'auto', 'default'/],
    [
      { prompt_cache_key: 'k'.repeat(65) },
      'string_above_max_length',
      'prompt_cache_key',
      /maximum length 64/,
    ],
    [{ text: { format: { type: 'json_object' } } }, null, 'input', /must contain the word 'json'/],
    [
      { text: { format: { type: 'json_schema', schema: {} } } },
      'missing_required_parameter',
      'text.format.name',
      /text\.format\.name/,
    ],
    [
      { text: { format: { type: 'json_schema', name: 'n', strict: true, schema: { type: 'object' } } } },
      'invalid_json_schema',
      'text.format.schema',
      /^Invalid schema for response_format 'n': In context=\(\), 'additionalProperties'/,
    ],
    // Tools.
    [
      { tools: [{ type: 'function', function: { name: 'f' } }] },
      'missing_required_parameter',
      'tools[0].name',
      /tools\[0\]\.name/,
    ],
    [
      { tools: [{ type: 'function', name: 'a b' }] },
      'invalid_value',
      'tools[0].name',
      /does not match pattern/,
    ],
    [
      { tools: [{ type: 'function', name: 'f'.repeat(65) }] },
      'string_above_max_length',
      'tools[0].name',
      /maximum length 64/,
    ],
    [{ tools: [{ type: 'nonsense' }] }, 'invalid_value', 'tools[0].type', /Invalid value: 'nonsense'/],
    [
      { tools: [strict({ type: 'object', properties: {} })] },
      'invalid_function_parameters',
      'tools[0].parameters',
      /'additionalProperties' is required to be supplied and to be false\.$/,
    ],
    [
      {
        tools: [
          strict({ type: 'object', properties: { k: { type: 'string' } }, additionalProperties: false }),
        ],
      },
      'invalid_function_parameters',
      'tools[0].parameters',
      /including every key in properties\. Missing 'k'\.$/,
    ],
    [
      { tools: [{ type: 'function', name: 'f', parameters: { type: 'string' } }] },
      'invalid_function_parameters',
      'tools[0].parameters',
      /schema must be a JSON Schema of 'type: "object"', got 'type: "string"'/,
    ],
    [
      {
        tools: [
          {
            type: 'function',
            name: 'f',
            parameters: { type: 'object', properties: { a: { type: 'array' } } },
          },
        ],
      },
      'invalid_function_parameters',
      'tools[0].parameters',
      /In context=\('properties', 'a'\), array schema missing items/,
    ],
    [{ tool_choice: 'required' }, null, 'tool_choice', /must be specified with 'tools'/],
    [
      { tool_choice: { type: 'function', name: 'g' } },
      null,
      'tool_choice',
      /^Tool choice 'g' not found in 'tools' parameter\.$/,
    ],
    // Items.
    [
      { input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] },
      'invalid_value',
      'input[0].content[0]',
      /^Invalid value: 'input_text'\. Supported values are: 'output_text' and 'refusal'\.$/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'output_text', text: 'x' }] }] },
      'invalid_value',
      'input[0].content[0]',
      /'input_text', 'input_image', and 'input_file'/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_text', text: 'x', cache_control: {} }] }] },
      'unknown_parameter',
      'input[0].content[0].cache_control',
      /cache_control/,
    ],
    [
      { input: [{ role: 'tool', content: 'x' }] },
      'invalid_value',
      'input[0].role',
      /'assistant', 'system', 'developer', and 'user'/,
    ],
    [{ input: [{ type: 'frob' }] }, 'invalid_value', 'input[0].type', /Invalid value: 'frob'/],
    [
      { input: [{ type: 'function_call', id: 'toolu_1', call_id: 'c', name: 'f', arguments: '{}' }] },
      'invalid_value',
      'input[0].id',
      /^Invalid 'input\[0\]\.id': 'toolu_1'\. Expected an ID that begins with 'fc'\.$/,
    ],
    [
      { input: [{ type: 'reasoning', id: 'think_1', summary: [] }] },
      'invalid_value',
      'input[0].id',
      /begins with 'rs'/,
    ],
    [
      { input: [{ role: 'assistant', id: 'x', content: 'x' }] },
      'invalid_value',
      'input[0].id',
      /begins with 'msg'/,
    ],
    [
      { input: [{ type: 'function_call', call_id: 'c', name: 'f' }] },
      'missing_required_parameter',
      'input[0].arguments',
      /input\[0\]\.arguments/,
    ],
    [
      { input: [{ type: 'function_call', call_id: 'c'.repeat(65), name: 'f', arguments: '{}' }] },
      'string_above_max_length',
      'input[0].call_id',
      /maximum length 64/,
    ],
    [
      { input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}', parsed_arguments: {} }] },
      'unknown_parameter',
      'input[0].parsed_arguments',
      /parsed_arguments/,
    ],
    // How they hang together.
    [
      { input: [user, { type: 'function_call', call_id: 'call_x', name: 'f', arguments: '{}' }] },
      null,
      'input',
      /^No tool output found for function call call_x\.$/,
    ],
    [
      { input: [user, { type: 'custom_tool_call', call_id: 'call_x', name: 'f', input: '' }] },
      null,
      'input',
      /^No tool output found for custom tool call call_x\.$/,
    ],
    [
      { input: [user, { type: 'function_call_output', call_id: 'call_x', output: '' }] },
      null,
      'input',
      /^No tool call found for function call output with call_id call_x\.$/,
    ],
    [
      { input: [user, { type: 'reasoning', id: 'rs_1', summary: [] }] },
      null,
      'input',
      /^Item with id 'rs_1' not found\. Items are not persisted when `store` is set to false\./,
    ],
    [
      { input: [user, { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAAforged' }] },
      'invalid_encrypted_content',
      null,
      /^The encrypted content for item rs_1 could not be verified\./,
    ],
    [
      {
        input: [
          { ...user, id: 'msg_1' },
          { ...user, id: 'msg_1' },
        ],
      },
      null,
      'input',
      /^Duplicate item found with id msg_1\./,
    ],
  ]

test('the strict checks of Responses say what OpenAI says', async (t) => {
  const { post } = await startSimulator(t)
  for (const [change, code, param, message] of responses) {
    const { status, json, text } = await post('/responses', { model: 'gpt-test', input: 'hi', ...change })
    const error = json.error as JsonObject | undefined
    assert.ok(error, `${JSON.stringify(change)} was taken: ${text}`)
    assert.equal(status, String(error.message).startsWith('Item with id') ? 404 : 400)
    assert.deepEqual(
      [error.type, error.code, error.param],
      ['invalid_request_error', code, param],
      JSON.stringify(change),
    )
    assert.match(String(error.message), message)
  }
})

test('a call made after reasoning comes back with that reasoning, or is refused', async (t) => {
  const { post } = await startSimulator(t)
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }]
  const body = {
    model: 'gpt-6-sol',
    input: [user] as JsonObject[],
    tools,
    store: false,
    include: ['reasoning.encrypted_content'],
  }
  const output = (await post('/responses', body)).json.output as JsonObject[]
  const [reasoning = {}, call = {}] = output
  const result = { type: 'function_call_output', call_id: call.call_id, output: 'ok' }
  const turn = async (items: readonly JsonObject[]): Promise<number> =>
    (await post('/responses', { ...body, input: [user, ...items, result] })).status
  assert.equal(await turn([reasoning, call]), 200)
  const { id: _rs, ...nameless } = reasoning
  assert.equal(await turn([{ ...nameless, content: null }, call]), 200, 'as Codex sends it')
  assert.equal(await turn([call]), 400)
  const { id: _fc, ...unmarked } = call
  assert.equal(await turn([unmarked]), 200, 'without its id a call stands alone')
  const { encrypted_content: _content, ...empty } = reasoning
  assert.equal(await turn([empty, call]), 404, 'nothing was stored')
  const tampered = { ...reasoning, encrypted_content: `${String(reasoning.encrypted_content)}x` }
  assert.equal(await turn([tampered, call]), 400)

  const other = (
    await post('/responses', { ...body, model: 'gpt-5.5', input: [user, reasoning, call, result] })
  ).json
  assert.deepEqual(other.input_transformations, [
    { id: reasoning.id, action: 'removed', reason: 'model_mismatch', type: 'reasoning' },
  ])
})
