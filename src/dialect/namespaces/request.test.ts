import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { flattenRequest } from './request.ts'

function envelope(text: string): Envelope {
  const read = readEnvelope(Buffer.from(text))
  assert.ok(isEnvelope(read))
  return read
}

function flatten(value: unknown): Record<string, unknown> | null {
  const flat = flattenRequest(envelope(JSON.stringify(value)))
  return flat && (JSON.parse(flat.body.bytes.toString()) as Record<string, unknown>)
}

const parameters = { type: 'object', properties: { namespace: { type: 'string' } } }
const shell = { type: 'function', name: 'shell', parameters }
const secretWord = {
  type: 'function',
  name: 'secret_word',
  description: 'Tells it.',
  parameters,
  strict: false,
}
const probe = { type: 'namespace', name: 'mcp__probe', description: 'Of the probe.', tools: [secretWord] }
const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi "namespace"' }] }

describe('requests without namespaces', () => {
  it('puts the tools of a namespace beside the others, and says once what they are', () => {
    const second = { type: 'custom', name: 'second', format: { type: 'text' } }
    const tools = [shell, { ...probe, tools: [secretWord, second] }, { type: 'web_search' }]
    assert.deepEqual(flatten({ input: 'x', tools })?.['tools'], [
      shell,
      { ...secretWord, name: 'mcp__probe__secret_word', description: 'Of the probe.\n\nTells it.' },
      { ...second, name: 'mcp__probe__second' },
      { type: 'web_search' },
    ])
  })

  it('moves additional tools out of the input, the last definition of each', () => {
    const item = { type: 'additional_tools', id: 'at_1', role: 'developer', tools: [shell, probe] }
    const newer = { ...shell, description: 'newer' }
    const flat = flatten({ input: [item, user, { ...item, tools: [newer] }] })
    assert.deepEqual(flat?.['input'], [user])
    assert.deepEqual(flat?.['tools'], [
      newer,
      { ...secretWord, name: 'mcp__probe__secret_word', description: 'Of the probe.\n\nTells it.' },
    ])
  })

  it('names calls of earlier turns by one name, those of tools that are gone too', () => {
    const call = { type: 'function_call', call_id: 'c', name: 'secret_word', arguments: '{"namespace":1}' }
    const output = { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'é' }] }
    const custom = { type: 'custom_tool_call', call_id: 'd', name: 'gone', input: 'x' }
    const input = [
      user,
      { type: 'reasoning', summary: [], content: null, encrypted_content: 'x' },
      { ...call, namespace: 'mcp__probe' },
      { ...output, name: 'secret_word', namespace: 'mcp__probe' },
      { ...custom, namespace: 'old' },
      { ...call, namespace: null },
      { type: 'tool_search_output', call_id: 's', tools: [probe] },
    ]
    assert.deepEqual(flatten({ input, tools: [probe] })?.['input'], [
      input[0],
      input[1],
      { ...call, name: 'mcp__probe__secret_word' },
      { ...output, name: 'mcp__probe__secret_word' },
      { ...custom, name: 'old__gone' },
      call,
      {
        type: 'tool_search_output',
        call_id: 's',
        tools: [
          { ...secretWord, name: 'mcp__probe__secret_word', description: 'Of the probe.\n\nTells it.' },
        ],
      },
    ])
  })

  it('chooses the tools that were chosen', () => {
    const flat = { type: 'function', name: 'mcp__probe__secret_word' }
    const own = { type: 'function', name: 'shell' }
    const allowed = { type: 'allowed_tools', mode: 'auto' }
    const choices: readonly (readonly [unknown, unknown])[] = [
      ['auto', 'auto'],
      [undefined, undefined],
      [own, own],
      [{ type: 'web_search' }, { type: 'web_search' }],
      [{ type: 'function', name: 'secret_word', namespace: 'mcp__probe' }, flat],
      [{ type: 'function', name: 'secret_word' }, flat],
      [{ type: 'namespace', name: 'mcp__probe' }, flat],
      [
        { type: 'namespace', name: 'two' },
        {
          type: 'allowed_tools',
          mode: 'required',
          tools: ['two__a', 'two__b'].map((name) => ({ type: 'function', name })),
        },
      ],
      [
        { ...allowed, tools: [own, { type: 'namespace', name: 'mcp__probe' }] },
        { ...allowed, tools: [own, flat] },
      ],
    ]
    const two = {
      type: 'namespace',
      name: 'two',
      tools: ['a', 'b'].map((name) => ({ type: 'function', name })),
    }
    for (const [tool_choice, expected] of choices) {
      assert.deepEqual(
        flatten({ input: 'x', tools: [shell, probe, two], tool_choice })?.['tool_choice'],
        expected,
      )
    }
  })

  it('leaves out what clients note for themselves, and says so where it may be missed', () => {
    const notes = { internal_chat_message_metadata_passthrough: { turn_id: 'x' } }
    const body = envelope(JSON.stringify({ client_metadata: { a: 1 }, input: [{ ...user, ...notes }] }))
    const flat = flattenRequest(body)
    assert.equal(flat?.body.bytes.toString(), JSON.stringify({ input: [user] }))
    assert.match(flat?.notes.join('') ?? '', /client_metadata/)
  })

  it('keeps every byte of everything else', () => {
    const rest = '"model" : "m", "metadata": {"a":1.0, "b":1e3}, "text": {"format" :null}'
    const odd = '{"type" :"reasoning",  "summary":[], "content":null, "encrypted_content":"\\u0041"}'
    const call = '{"type":"function_call","call_id":"c","name":"f","arguments":"{}","namespace":"n"}'
    const flat = flattenRequest(envelope(`{${rest}, "input": [ ${odd} , ${call} ]}`))
    const flatCall = '{"type":"function_call","call_id":"c","name":"n__f","arguments":"{}"}'
    assert.equal(flat?.body.bytes.toString(), `{${rest}, "input": [${odd},${flatCall}]}`)
  })

  it('is nothing for a request that has become flat, whatever words it holds', () => {
    const words = fc.constantFrom(
      'namespace',
      'additional_tools',
      'function_call',
      'tools',
      'n',
      'type',
      'name',
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, words, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
      object: fc.dictionary(words, tie('value'), { maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(value, value, value, (input, tools, tool_choice) => {
        const flat = flattenRequest(envelope(JSON.stringify({ input, tools, tool_choice })))
        if (flat) assert.equal(flattenRequest(flat.body)?.body.bytes.toString(), undefined)
      }),
      { numRuns: 500 },
    )
  })

  it('is nothing for a request that has none', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        assert.equal(
          flattenRequest(envelope(JSON.stringify({ input: [user, { json }], tools: [shell] }))),
          null,
        )
      }),
    )
  })
})
