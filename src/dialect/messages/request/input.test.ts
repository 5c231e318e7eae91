import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reasoningSignature, type NextItem } from '../item-ids.ts'
import { objectsOf, type JsonObject } from '../json-value.ts'
import { toResponses } from '../request.ts'
import { UNKNOWN_MODEL, type RequestOptions } from './options.ts'

const base = { model: 'claude-x', max_tokens: 100 }
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (...content: unknown[]) => ({ role: 'assistant', content })
const use = (id: string, input: unknown = {}) => ({ type: 'tool_use', id, name: 'get', input })
const result = (id: string, content: unknown, more: JsonObject = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
})
const said = (text: string) => ({ type: 'output_text', text, annotations: [] })

function translate(
  messages: readonly unknown[],
  options: Partial<RequestOptions> = {},
  changes: JsonObject = {},
) {
  return toResponses({ ...base, ...changes, messages }, { ...UNKNOWN_MODEL, ...options })
}

function input(
  messages: readonly unknown[],
  options: Partial<RequestOptions> = {},
  changes: JsonObject = {},
): readonly JsonObject[] {
  const translated = translate(messages, options, changes)
  assert.ok(translated.ok, JSON.stringify(translated))
  return objectsOf(translated.body['input'])
}

function refusedAt(messages: readonly unknown[]): string {
  const translated = translate(messages)
  assert.ok(!translated.ok, 'should be refused')
  assert.match(translated.problems[0]?.msg ?? '', /^.{10,}\.$/u)
  return translated.problems[0]?.loc.slice(2).join('.') ?? ''
}

/** The parts of a user message that holds one block. */
const parts = (block: unknown) => input([user([block])])[0]?.['content']
/** The output of a call that was answered like this. */
const output = (content: unknown, more: JsonObject = {}, options: Partial<RequestOptions> = {}) =>
  input([user('x'), assistant(use('c')), user([result('c', content, more)])], options)[2]?.['output']

describe('what users say', () => {
  it('is the same as a string and as a block', () => {
    assert.deepEqual(input([user('Hi')]), input([user([{ type: 'text', text: 'Hi' }])]))
  })

  it('shows images by their bytes or their address', () => {
    assert.deepEqual(
      parts({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }),
      [{ type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,AAAA' }],
    )
    assert.deepEqual(parts({ type: 'image', source: { type: 'url', url: 'https://a/b.png' } }), [
      { type: 'input_image', detail: 'auto', image_url: 'https://a/b.png' },
    ])
  })

  it('brings documents as files or as text', () => {
    const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }
    const file = (filename: string) => ({
      type: 'input_file',
      filename,
      file_data: 'data:application/pdf;base64,JVBE',
    })
    assert.deepEqual(parts({ type: 'document', source: pdf }), [file('document.pdf')])
    assert.deepEqual(parts({ type: 'document', title: 'Plan', context: 'Old.', source: pdf }), [
      { type: 'input_text', text: 'Old.' },
      file('Plan.pdf'),
    ])
    assert.deepEqual(parts({ type: 'document', source: { type: 'url', url: 'https://a/b.pdf' } }), [
      { type: 'input_file', file_url: 'https://a/b.pdf' },
    ])
    assert.deepEqual(parts({ type: 'document', title: 'Plan', source: { type: 'text', data: 'One.' } }), [
      { type: 'input_text', text: 'Document: Plan\n\nOne.' },
    ])
    assert.deepEqual(
      parts({ type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'One.' }] } }),
      [{ type: 'input_text', text: 'One.' }],
    )
    const hit = {
      type: 'search_result',
      title: 'T',
      source: 'https://a',
      content: [{ type: 'text', text: 'One.' }],
    }
    assert.deepEqual(parts(hit), [
      { type: 'input_text', text: 'Search result: T\nSource: https://a\n\nOne.' },
    ])
  })

  it('is refused where OpenAI has no form for it', () => {
    const blocks: readonly (readonly [JsonObject, string])[] = [
      [{ type: 'image', source: { type: 'file', file_id: 'f' } }, '0.content.0.source'],
      [{ type: 'document', source: { type: 'file', file_id: 'f' } }, '0.content.0.source'],
      [
        { type: 'document', source: { type: 'text', data: 'x' }, citations: { enabled: true } },
        '0.content.0.citations',
      ],
      [{ type: 'container_upload', file_id: 'f' }, '0.content.0.type'],
      [{ type: 'text', text: 1 }, '0.content.0.text'],
    ]
    for (const [block, at] of blocks) assert.equal(refusedAt([user([block])]), at)
  })
})

describe('system turns', () => {
  it('stay where they are, as words of the developer', () => {
    const turn = { role: 'system', content: [{ type: 'text', text: 'Note' }] }
    assert.deepEqual(input([user('Hi'), turn])[1], {
      type: 'message',
      role: 'developer',
      content: [{ type: 'input_text', text: 'Note' }],
    })
    assert.deepEqual(input([user('Hi'), { ...turn, content: 'Note' }]), input([user('Hi'), turn]))
  })

  it('are forgotten after the next user message if they want to be', () => {
    const turn = { role: 'system', content: 'Note', clear_at: 'next_user_message' }
    assert.equal(input([user('Hi'), turn]).length, 2)
    assert.equal(input([user('Hi'), turn, assistant({ type: 'text', text: 'A' }), user('B')]).length, 3)
  })
})

describe('tool results', () => {
  it('are texts, or lists where they hold more', () => {
    assert.equal(output('18 C'), '18 C')
    assert.equal(output([{ type: 'text', text: '18 C' }]), '18 C')
    assert.equal(output(undefined), '')
    assert.equal(output([]), '')
    const image = { type: 'image', source: { type: 'url', url: 'https://a' } }
    assert.deepEqual(output([{ type: 'text', text: 'see' }, image]), [
      { type: 'input_text', text: 'see' },
      { type: 'input_image', detail: 'auto', image_url: 'https://a' },
    ])
  })

  it('say that they are errors, once', () => {
    assert.equal(output('no such file', { is_error: true }), 'Error: no such file')
    assert.equal(output('Error: no such file', { is_error: true }), 'Error: no such file')
    assert.equal(
      output('<tool_use_error>bad</tool_use_error>', { is_error: true }),
      '<tool_use_error>bad</tool_use_error>',
    )
    assert.equal(output('', { is_error: true }), 'Error')
    assert.equal(output('fine', { is_error: false }), 'fine')
  })

  it('keep their place among what the user says', () => {
    const turn = user([result('c', 'one'), { type: 'text', text: 'and' }, result('d', 'two')])
    const items = input([user('x'), assistant(use('c'), use('d')), turn]).slice(3)
    assert.deepEqual(
      items.map((item) => item['call_id'] ?? item['role']),
      ['c', 'user', 'd'],
    )
  })

  it('need a call, and calls need a result', () => {
    assert.equal(refusedAt([user([result('nobody', 'x')])]), '0.content.0.tool_use_id')
    assert.equal(refusedAt([user('x'), assistant(use('c')), user('and?')]), '1.content.0')
    assert.equal(
      refusedAt([user('x'), assistant(use('c'), use('c')), user([result('c', 'x')])]),
      '1.content.1.id',
    )
    assert.equal(refusedAt([user('x'), assistant({ type: 'tool_use', id: 'c' }), user('x')]), '1.content.0')
  })

  it('keep a form that does not depend on where the cache mark stands', () => {
    const marked = { cache_control: { type: 'ephemeral' } }
    const options = { cacheBreakpoints: true }
    assert.deepEqual(output('a', marked, options), [
      { type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } },
    ])
    assert.deepEqual(output('a', {}, options), [{ type: 'input_text', text: 'a' }])
    assert.equal(output('a', marked), 'a')
  })
})

describe('cache marks', () => {
  it('are at most four, the last ones', () => {
    const text = (value: string) => ({
      type: 'text',
      text: value,
      cache_control: { type: 'ephemeral', ttl: '1h' },
    })
    const items = input([user(['a', 'b', 'c', 'd', 'e'].map(text))], { cacheBreakpoints: true })
    const marks = objectsOf(items[0]?.['content']).map((part) => 'prompt_cache_breakpoint' in part)
    assert.deepEqual(marks, [false, true, true, true, true])
    const unmarked = objectsOf(input([user([text('a')])])[0]?.['content'])
    assert.deepEqual(unmarked, [{ type: 'input_text', text: 'a' }])
  })
})

describe('what assistants said', () => {
  const reasoning = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'hm' }],
    encrypted_content: 'E',
  }
  const thinking = (next: NextItem | null) => ({
    type: 'thinking',
    thinking: 'hm',
    signature: reasoningSignature(reasoning, next),
  })
  const answer = [user([result('call_1', 'ok')])]
  const callNext: NextItem = { type: 'function_call', id: 'fc_1', callId: 'call_1', phase: null }

  it('is output, never input', () => {
    assert.deepEqual(input([user('x'), assistant({ type: 'text', text: 'A' }), user('y')])[1], {
      type: 'message',
      role: 'assistant',
      content: [said('A')],
    })
    assert.deepEqual(input([user('x'), { role: 'assistant', content: 'A' }, user('y')])[1]?.['content'], [
      said('A'),
    ])
  })

  it('is reasoning with its content, and the id of the item it led to', () => {
    const items = input([user('x'), assistant(thinking(callNext), use('call_1', { a: 1 })), ...answer])
    assert.deepEqual(items.slice(1), [
      reasoning,
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'get', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'ok' },
    ])
    const next: NextItem = { type: 'message', id: 'msg_1', callId: null, phase: 'commentary' }
    const spoken = input([user('x'), assistant(thinking(next), { type: 'text', text: 'A' }), user('y')])
    assert.deepEqual(spoken[2], {
      type: 'message',
      role: 'assistant',
      content: [said('A')],
      id: 'msg_1',
      status: 'completed',
      phase: 'commentary',
    })
  })

  it('may come as one message per block', () => {
    const whole = input([user('x'), assistant(thinking(callNext), use('call_1')), ...answer])
    assert.deepEqual(
      input([user('x'), assistant(thinking(callNext)), assistant(use('call_1')), ...answer]),
      whole,
    )
  })

  it('finds its call again where the client changed the id', () => {
    const items = input([
      user('x'),
      assistant(thinking(callNext), use('call1')),
      user([result('call1', 'ok')]),
    ])
    assert.deepEqual(
      items.slice(2).map((item) => item['call_id']),
      ['call_1', 'call_1'],
    )
    assert.equal(items[2]?.['id'], 'fc_1')
    const other = input([
      user('x'),
      assistant(thinking(callNext), use('toolu_9')),
      user([result('toolu_9', 'ok')]),
    ])
    assert.deepEqual(
      other.slice(2).map((item) => item['call_id']),
      ['toolu_9', 'toolu_9'],
    )
    assert.ok(!('id' in (other[2] ?? {})))
    const long = 'toolu_'.repeat(20)
    const short = input([user('x'), assistant(use(long)), user([result(long, 'ok')])])
    assert.match(String(short[1]?.['call_id']), /^call_[0-9a-f]{32}$/u)
    assert.equal(short[1]?.['call_id'], short[2]?.['call_id'])
  })

  it('has no ids without the reasoning they belong to', () => {
    const edits = [{ type: 'clear_thinking_20251015', keep: { type: 'thinking_turns', value: 1 } }]
    const messages = [
      user('x'),
      assistant(thinking(callNext), use('call_1')),
      ...answer,
      assistant({ type: 'text', text: 'A' }),
      user('y'),
    ]
    const items = input(messages, {}, { context_management: { edits } })
    assert.ok(items.every((item) => item['type'] !== 'reasoning' && !('id' in item)))
    // Within the tool loop of the last turn nothing is taken out.
    assert.equal(input(messages.slice(0, 3), {}, { context_management: { edits } })[1]?.['type'], 'reasoning')
  })

  it('is without thinking that OpenAI cannot read or that led to nothing', () => {
    const foreign = { type: 'thinking', thinking: 'hm', signature: 'EqQBCkYIBBgC' }
    const translated = translate([
      user('x'),
      assistant(foreign, { type: 'redacted_thinking', data: 'x' }, { type: 'text', text: 'A' }),
      user('y'),
    ])
    assert.ok(translated.ok)
    assert.equal(objectsOf(translated.body['input']).length, 3)
    assert.equal(translated.notes.length, 1)
    assert.equal(input([user('x'), assistant(thinking(null)), user('y')]).length, 2)
    const bare = { type: 'reasoning', id: 'rs_1', summary: [] }
    const empty = { type: 'thinking', thinking: '', signature: reasoningSignature(bare, null) }
    assert.equal(input([user('x'), assistant(empty, { type: 'text', text: 'A' }), user('y')]).length, 3)
  })

  it('gives no id to a block that the signature did not speak of', () => {
    const next: NextItem = { type: 'message', id: 'msg_1', callId: null, phase: 'commentary' }
    const text = { type: 'text', text: 'A' }
    const foreign = { type: 'thinking', thinking: '', signature: 'EqQB' }
    const bare = (messages: readonly unknown[]) => {
      const items = input(messages).filter(
        (item) => item['role'] === 'assistant' || item['type'] === 'function_call',
      )
      assert.equal(items.length, 1)
      assert.ok(!('id' in (items[0] ?? {})) && !('phase' in (items[0] ?? {})))
    }
    bare([user('x'), assistant(thinking(next), use('call_1')), ...answer])
    bare([user('x'), assistant(thinking(callNext), text), user('y')])
    bare([user('x'), assistant(thinking(next), foreign, text), user('y')])
    bare([user('x'), assistant(thinking(next)), user('y'), assistant(text), user('z')])
  })

  it('keeps arguments that are no JSON as the model wrote them', () => {
    const broken = { INVALID_JSON: '{"a": "b' }
    assert.equal(
      input([user('x'), assistant(use('call_1', broken)), ...answer])[1]?.['arguments'],
      '{"a": "b',
    )
    const more = { ...broken, other: 1 }
    assert.equal(
      input([user('x'), assistant(use('call_1', more)), ...answer])[1]?.['arguments'],
      JSON.stringify(more),
    )
  })

  it('is told once even if the client repeats it', () => {
    const next: NextItem = { type: 'message', id: 'msg_1', callId: null, phase: null }
    const once = assistant(thinking(next), { type: 'text', text: 'A' })
    const items = input([user('x'), once, user('y'), once, user('z')])
    assert.equal(items.filter((item) => item['id'] === 'rs_1').length, 1)
    assert.equal(items.filter((item) => item['id'] === 'msg_1').length, 1)
  })

  it('reads reasoning from redacted blocks too', () => {
    const hidden = { type: 'redacted_thinking', data: reasoningSignature(reasoning, null) }
    assert.deepEqual(input([user('x'), assistant(hidden, { type: 'text', text: 'A' }), user('y')])[1], {
      ...reasoning,
      summary: [],
    })
  })

  it('is hosted calls of OpenAI as they were, and those of others as text', () => {
    const search = (id: string) => [
      { type: 'server_tool_use', id, name: 'web_search', input: { query: 'q' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: id,
        content: [{ type: 'web_search_result', title: 'T', url: 'https://a' }],
      },
    ]
    const mcp = (id: string, isError: boolean) => [
      { type: 'mcp_tool_use', id, name: 'look', server_name: 'docs', input: { a: 1 } },
      { type: 'mcp_tool_result', tool_use_id: id, is_error: isError, content: [{ type: 'text', text: 'r' }] },
    ]
    const items = (blocks: readonly unknown[]) => input([user('x'), assistant(...blocks), user('y')])[1]
    const found = {
      type: 'web_search_call',
      id: 'ws_1',
      status: 'completed',
      action: { type: 'search', query: 'q' },
    }
    assert.deepEqual(items(search('srvtoolu_ws_1')), found)
    const called = { type: 'mcp_call', id: 'mcp_1', server_label: 'docs', name: 'look', arguments: '{"a":1}' }
    assert.deepEqual(items(mcp('mcptoolu_mcp_1', false)), { ...called, output: 'r', error: null })
    assert.deepEqual(items(mcp('mcptoolu_mcp_1', true)), { ...called, output: null, error: 'r' })
    assert.deepEqual(items(search('srvtoolu_01'))?.['content'], [
      said('Called web_search with {"query":"q"}. Result:\nT https://a'),
    ])
    assert.deepEqual(items(mcp('mcptoolu_01', false))?.['content'], [
      said('Called look of docs with {"a":1}. Result:\nr'),
    ])
    const fetched = { type: 'server_tool_use', id: 's', name: 'web_fetch', input: {} }
    assert.equal(refusedAt([user('x'), assistant(fetched), user('y')]), '1.content.0.name')
    assert.equal(
      refusedAt([user('x'), assistant({ type: 'compaction', content: 's' }), user('y')]),
      '1.content.0.type',
    )
  })
})
