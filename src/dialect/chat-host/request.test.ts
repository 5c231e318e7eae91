import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { words } from '../../../test/fixtures/messages/answers.ts'
import { objectsOf, type JsonObject } from '../json-value.ts'
import { UNKNOWN_HOST, type ChatHostOptions } from './options.ts'
import { toChat } from './request.ts'

function translate(body: JsonObject, options: Partial<ChatHostOptions> = {}) {
  return toChat({ model: 'any', input: 'hi', ...body }, { ...UNKNOWN_HOST, ...options }, { id: 'id', now: 0 })
}

function sent(body: JsonObject, options: Partial<ChatHostOptions> = {}): JsonObject {
  const translated = translate(body, options)
  assert.ok(translated.ok, JSON.stringify(translated))
  return translated.body
}

const messagesOf = (input: unknown, more: JsonObject = {}) => objectsOf(sent({ input, ...more })['messages'])

function refusedFields(body: JsonObject, options: Partial<ChatHostOptions> = {}): readonly string[] {
  const translated = translate(body, options)
  assert.ok(!translated.ok)
  return translated.problems.map(({ loc }) => loc.slice(1).join('.'))
}

const call = (id: string, name = 'look') => ({ type: 'function_call', call_id: id, name, arguments: '{}' })
const output = (id: string, value: unknown = `result of ${id}`) => ({
  type: 'function_call_output',
  call_id: id,
  output: value,
})
const shape = (messages: readonly JsonObject[]) =>
  messages.map((message) => [
    message['role'],
    message['tool_call_id'] ?? objectsOf(message['tool_calls']).map((each) => each['id']),
  ])

describe('messages', () => {
  it('begin with one of role system: instructions and what stands before the conversation', () => {
    const input = [
      { role: 'developer', content: 'B' },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'C' }] },
      { role: 'user', content: 'hi' },
      { role: 'developer', content: 'later' },
    ]
    assert.deepEqual(messagesOf(input, { instructions: 'A' }), [
      { role: 'system', content: 'A\n\nB\n\nC' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'later' },
    ])
    assert.equal(
      objectsOf(sent({ instructions: 'A' }, { systemRole: 'developer' })['messages'])[0]?.['role'],
      'developer',
    )
  })

  it('hold what an assistant said between two others in one', () => {
    const input = [
      { role: 'user', content: 'hi' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'first' }] },
      call('a'),
      call('b'),
      output('a'),
      output('b'),
      { role: 'assistant', content: 'done' },
    ]
    assert.deepEqual(messagesOf(input).slice(1), [
      {
        role: 'assistant',
        content: 'first',
        tool_calls: ['a', 'b'].map((id) => ({
          id,
          type: 'function',
          function: { name: 'look', arguments: '{}' },
        })),
      },
      { role: 'tool', tool_call_id: 'a', content: 'result of a' },
      { role: 'tool', tool_call_id: 'b', content: 'result of b' },
      { role: 'assistant', content: 'done' },
    ])
  })

  it('answer calls right behind them, wherever the answer stood', () => {
    const input = [
      call('a'),
      { role: 'user', content: 'wait' },
      output('a'),
      call('b'),
      output('b'),
      call('a'),
      output('a', 'again'),
    ]
    assert.deepEqual(shape(messagesOf(input)), [
      ['assistant', ['a']],
      ['tool', 'a'],
      ['user', []],
      ['assistant', ['b']],
      ['tool', 'b'],
      ['assistant', ['a']],
      ['tool', 'a'],
    ])
    assert.equal(messagesOf(input).at(-1)?.['content'], 'again')
  })

  it('carry images, those of tools in a message of their own behind all answers', () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' }
    const inChat = { type: 'image_url', image_url: { url: image.image_url, detail: 'low' } }
    const [user] = messagesOf([{ role: 'user', content: [{ type: 'input_text', text: 'see' }, image] }])
    assert.deepEqual(user?.['content'], [{ type: 'text', text: 'see' }, inChat])
    const messages = messagesOf([
      call('a'),
      call('b'),
      output('a', [{ type: 'input_text', text: 'one' }, image]),
      output('b', [
        { type: 'input_text', text: 'x' },
        { type: 'input_text', text: 'y' },
      ]),
    ])
    assert.deepEqual(
      messages.slice(1).map(({ role, content }) => [role, content]),
      [
        ['tool', 'one'],
        ['tool', 'x\ny'],
        ['user', [{ type: 'text', text: 'What the tool call a has returned beside its text:' }, inChat]],
      ],
    )
  })

  it('keep every text, call and result of any conversation, in order', () => {
    const turn = fc.record({
      asked: words,
      said: fc.option(words, { nil: null }),
      results: fc.array(words, { maxLength: 3 }),
      sequential: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), (turns) => {
        const input: JsonObject[] = []
        const expected: unknown[] = []
        for (const [index, { asked, said, results, sequential }] of turns.entries()) {
          input.push({ role: 'user', content: asked })
          expected.push(['user', asked])
          if (said !== null) {
            input.push({ role: 'assistant', content: [{ type: 'output_text', text: said }] })
            expected.push(['assistant', said])
          }
          const ids = results.map((_, at) => `call_${index}_${at}`)
          const calls = ids.map((id) => call(id))
          const outputs = ids.map((id, at) => output(id, results[at]))
          if (sequential) for (const [at, each] of calls.entries()) input.push(each, outputs[at] ?? {})
          else input.push(...calls, ...outputs)
          for (const id of ids) expected.push(['call', id])
          for (const [at, id] of ids.entries()) expected.push(['result', id, results[at]])
          if (sequential) {
            const from = expected.length - 2 * ids.length
            expected.splice(
              from,
              2 * ids.length,
              ...ids.flatMap((id, at) => [
                ['call', id],
                ['result', id, results[at]],
              ]),
            )
          }
        }
        const found = messagesOf(input).flatMap((message): unknown[] => {
          if (message['role'] === 'tool') return [['result', message['tool_call_id'], message['content']]]
          const texts = message['content'] === null ? [] : [[message['role'], message['content']]]
          return [...texts, ...objectsOf(message['tool_calls']).map(({ id }) => ['call', id])]
        })
        assert.deepEqual(found, expected)
      }),
    )
  })
})

describe('settings', () => {
  it('have the names that Chat, and the host, have for them', () => {
    const body = {
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      reasoning: { effort: 'high', summary: 'auto' },
      text: {
        format: { type: 'json_schema', name: 'n', strict: true, schema: { type: 'object' } },
        verbosity: 'low',
      },
      top_logprobs: 3,
      seed: 1,
      top_k: 5,
      store: true,
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
      stream: true,
    }
    const { messages: _, ...settings } = sent(body)
    assert.deepEqual(settings, {
      model: 'any',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', strict: true, schema: { type: 'object' } },
      },
      max_tokens: 100,
      reasoning_effort: 'high',
      logprobs: true,
      top_logprobs: 3,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      top_p: 0.9,
      seed: 1,
      top_k: 5,
    })
    const other = sent(body, {
      outputCap: 'max_completion_tokens',
      effort: 'reasoning',
      takes: new Set(['verbosity', 'prompt_cache_key']),
      refuses: new Set(['top_k', 'stream_options']),
    })
    assert.equal(other['max_completion_tokens'], 100)
    assert.deepEqual(other['reasoning'], { effort: 'high' })
    assert.deepEqual([other['verbosity'], other['prompt_cache_key']], ['low', 'k'])
    assert.ok(!('top_k' in other) && !('stream_options' in other) && !('reasoning_effort' in other))
  })

  it('say in a note what was left out', () => {
    const translated = translate(
      {
        truncation: 'auto',
        service_tier: 'flex',
        text: { verbosity: 'low' },
        top_k: 1,
        tools: [{ type: 'web_search' }],
      },
      { refuses: new Set(['top_k']), hostedTools: 'drop' },
    )
    assert.ok(translated.ok)
    for (const word of ['truncation', 'service_tier "flex"', 'verbosity', 'top_k', 'web_search']) {
      assert.ok(
        translated.notes.some((note) => note.includes(word)),
        word,
      )
    }
  })

  it('that Chat does not have are refused by their name', () => {
    assert.deepEqual(refusedFields({ background: true, conversation: 'c', prompt: { id: 'p' } }), [
      'background',
      'conversation',
      'prompt',
    ])
    assert.deepEqual(refusedFields({ text: { format: { type: 'grammar' } } }), ['text.format'])
    assert.deepEqual(refusedFields({ input: [{ type: 'item_reference', id: 'x' }] }), ['input.0'])
    assert.deepEqual(
      refusedFields({ input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }),
      ['input.0.content.0'],
    )
    assert.deepEqual(refusedFields({ tools: [{ type: 'function', name: 'a' }, { type: 'mcp' }] }), [
      'tools.1',
    ])
    assert.deepEqual(
      refusedFields({ tools: [{ type: 'function', name: 'a' }], tool_choice: { type: 'web_search' } }),
      ['tool_choice'],
    )
    assert.ok(translate({ background: false, conversation: null }).ok)
  })
})

describe('tools', () => {
  const tools = [
    {
      type: 'function',
      name: 'look',
      description: 'd',
      parameters: { type: 'object', properties: {} },
      strict: true,
    },
    { type: 'function', name: 'bare', parameters: null },
    {
      type: 'custom',
      name: 'patch',
      description: 'Edits.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    },
  ]

  it('are functions, a custom one with a text as its only parameter', () => {
    const [look, bare, patch] = objectsOf(sent({ tools })['tools'])
    const { type: _, ...definition } = tools[0] ?? {}
    assert.deepEqual(look, { type: 'function', function: definition })
    assert.deepEqual(bare?.['function'], { name: 'bare', parameters: { type: 'object', properties: {} } })
    const { description, parameters } = (
      patch as { function: { description: string; parameters: JsonObject } }
    ).function
    assert.match(description, /^Edits\.\n\nThe input must match this lark grammar:\nstart: "x"$/)
    assert.deepEqual(parameters['required'], ['input'])
  })

  it('may be chosen from', () => {
    const chosen = (tool_choice: unknown) => sent({ tools, tool_choice })
    assert.equal(chosen('required')['tool_choice'], 'required')
    const named = { type: 'function', function: { name: 'patch' } }
    assert.deepEqual(chosen({ type: 'custom', name: 'patch' })['tool_choice'], named)
    const allowed = chosen({
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'bare' }],
    })
    assert.deepEqual([objectsOf(allowed['tools']).length, allowed['tool_choice']], [1, 'required'])
    assert.ok(!('tool_choice' in sent({ tool_choice: 'auto', parallel_tool_calls: true })))
  })

  it('that an item of the input brings along count too', () => {
    const input = [
      { type: 'additional_tools', tools: [tools[0]] },
      { role: 'user', content: 'hi' },
    ]
    assert.equal(objectsOf(sent({ input })['tools']).length, 1)
  })
})
