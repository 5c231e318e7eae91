import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { objectsOf, type JsonObject } from '../../json-value.ts'
import type { RequestOptions } from './options.ts'
import { assistant, input, refusedAt, result, use, user } from './test-messages.ts'

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
    assert.equal(
      refusedAt([user('x'), assistant(use('c')), user([result('c', 'x'), result('c', 'y')])]),
      '2.content.1.tool_use_id',
    )
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
