import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reasoningSignature, type NextItem } from '../item-ids.ts'
import { objectsOf } from '../../json-value.ts'
import { assistant, input, refusedAt, result, translate, use, user } from './test-messages.ts'

const said = (text: string) => ({ type: 'output_text', text, annotations: [] })

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
