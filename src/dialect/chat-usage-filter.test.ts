import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { withoutUsageChunk } from './chat-usage-filter.ts'

const chunk = (fields: object): string => JSON.stringify({ id: 'c', ...fields })
const content = chunk({ choices: [{ delta: { content: '"usage"' } }], usage: null })
const last = chunk({ choices: [{ delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 1 } })
const usage = chunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })
const spaced = usage.replaceAll(':', ': ').replace('[]', '[ ]')
const empty = chunk({ choices: [], usage: null })

const filtered = (text: string): string => withoutUsageChunk(Buffer.from(text)).toString()
const event = (data: string): string => `data: ${data}\n\n`

test('only the chunk of the usage goes', () => {
  assert.equal(filtered(event(content) + event(usage) + event('[DONE]')), event(content) + event('[DONE]'))
  assert.equal(filtered(event(spaced)), '')
  assert.equal(filtered(event(content) + event(usage)), event(content))
  for (const other of [
    content,
    last,
    empty,
    '[DONE]',
    '{"usage":{}}',
    'no json "usage"',
    '{"error":{"usage":1}}',
  ]) {
    const bytes = Buffer.from(event(other))
    assert.equal(withoutUsageChunk(bytes), bytes, other)
  }
})

test('whatever stands around it stays in its bytes', () => {
  const events = fc.array(
    fc.record({
      kind: fc.constantFrom('content', 'last', 'usage', 'done', 'comment', 'lines'),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      field: fc.constantFrom('data:', 'data: '),
      extra: fc.constantFrom('', 'id: 7', ': note'),
    }),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(events, (list) => {
      const texts = list.map(({ kind, end, field, extra }) => {
        const data = { content, last, usage, done: '[DONE]' }[kind as 'content']
        const lines =
          kind === 'comment'
            ? [': hello']
            : kind === 'lines'
              ? [`${field}{"choices":`, `${field}[]}`]
              : [`${field}${data}`]
        if (extra !== '') lines.push(extra)
        return lines.map((line) => line + end).join('') + end
      })
      // A line end of its own (CR followed by LF) must not appear where two events meet.
      fc.pre(!texts.some((text, at) => text.endsWith('\r') && texts[at + 1]?.startsWith('\n')))
      const kept = texts.filter((_, at) => list[at]?.kind !== 'usage')
      assert.equal(filtered(texts.join('')), kept.join(''))
    }),
  )
})
