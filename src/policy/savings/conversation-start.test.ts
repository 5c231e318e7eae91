import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import { withBreakpoint } from './cache-breakpoint.ts'
import { readConversationStart } from './conversation-start.ts'

function envelope(body: unknown): Envelope {
  const read = readEnvelope(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
  assert.ok(isEnvelope(read))
  return read
}
const start = (body: unknown, api: 'responses' | 'chat' = 'responses') =>
  readConversationStart(api, envelope(body))

const system = { role: 'system', content: 'Be brief.' }
const ask = (content: string) => ({ role: 'user', content })
const answer = { role: 'assistant', content: 'Yes.' }

test('the turns of a conversation and its repetitions begin alike', () => {
  const tools = [{ type: 'function', name: 'f' }]
  const first = start({ tools, input: [system, ask('a')] })
  const second = start({ tools, input: [system, ask('a'), answer, ask('b')], temperature: 1 })
  assert.deepEqual([second.shared, second.opening], [first.shared, first.opening])
  assert.ok(second.promptBytes > first.promptBytes)
  assert.equal(second.sharedBytes, first.sharedBytes)
  const other = start({ tools, input: [system, ask('c')] })
  assert.equal(other.shared, first.shared)
  assert.notEqual(other.opening, first.opening)
})

test('whatever changes how the prompt is read changes the common part', () => {
  const base = { tools: [], input: [system, ask('a')] }
  const changes = [
    { tools: [{ type: 'function', name: 'g' }] },
    { instructions: 'x' },
    { input: [{ role: 'system', content: 'Be long.' }, ask('a')] },
    { reasoning: { effort: 'high' } },
    { text: { format: { type: 'json_object' } } },
    { parallel_tool_calls: false },
  ]
  const digests = [base, ...changes.map((change) => ({ ...base, ...change }))].map(
    (body) => start(body).shared,
  )
  assert.equal(new Set(digests).size, digests.length)
  assert.equal(start({ ...base, temperature: 0, metadata: { a: '1' } }).shared, digests[0])
})

test('inputs of every form have a beginning', () => {
  const text = start({ instructions: 'i', input: 'hello' })
  assert.equal(text.sharedEnd, null)
  assert.notEqual(text.opening, start({ instructions: 'i', input: 'other' }).opening)
  for (const body of [{ input: [] }, {}, { input: null }, { input: [1, 'x', null] }, { input: [ask('a')] }]) {
    assert.equal(start(body).sharedEnd, null)
  }
  const chat = start({ messages: [system, { role: 'developer', content: 'x' }, ask('a')] }, 'chat')
  assert.equal(chat.sharedEnd && chat.sharedEnd.end - chat.sharedEnd.start, 3)
})

test('a breakpoint stands at the end of the last leading system message, whose words stay', () => {
  for (const api of ['responses', 'chat'] as const) {
    const type = api === 'chat' ? 'text' : 'input_text'
    const field = api === 'chat' ? 'messages' : 'input'
    const marked = (content: unknown): unknown => {
      const body = envelope({ [field]: [{ role: 'developer', content }, ask('a')] })
      const { sharedEnd } = readConversationStart(api, body)
      assert.ok(sharedEnd)
      const bytes = withBreakpoint(api, body.bytes, sharedEnd)
      return bytes && (JSON.parse(bytes.toString()) as unknown)
    }
    const breakpoint = { prompt_cache_breakpoint: { mode: 'explicit' } }
    assert.deepEqual(marked('Say "é" \\ 😀'), [{ type, text: 'Say "é" \\ 😀', ...breakpoint }])
    assert.deepEqual(
      marked([
        { type, text: 'a' },
        { type, text: 'b' },
      ]),
      [
        { type, text: 'a' },
        { type, text: 'b', ...breakpoint },
      ],
    )
    for (const content of [
      [],
      null,
      [{ type: 'input_image', image_url: 'x' }],
      [{ type, text: 'a', ...breakpoint }],
    ]) {
      assert.equal(marked(content), null)
    }
  }
})
