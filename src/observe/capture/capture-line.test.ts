import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { captureLine } from './capture-line.ts'
import type { CaptureJob } from './job.ts'
import { reassemble } from './reassemble.ts'

interface Recorded extends Record<string, unknown> {
  readonly dialect: CaptureJob['dialect']
  readonly error_category: string | null
  readonly request: object
  readonly response: object | null
  readonly response_raw?: string
}

const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'gym', 'capture')
const recorded: [string, Recorded][] = readdirSync(folder).map((name) => {
  return [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recorded]
})
const HEAD = ['model_call_id', 'dialect', 'model_ref', 'started_at', 'completed_at', 'latency_ms']
const MORE_HEAD = ['latency_ttft_ms', 'status_code']

/** The job that would have to give a recorded line. */
function jobFor(line: Recorded, change: Partial<CaptureJob> = {}): CaptureJob {
  const head = Object.fromEntries([...HEAD, ...MORE_HEAD].map((key) => [key, line[key]]))
  const request = Buffer.from(JSON.stringify(line.request))
  const isStream = line.response_raw !== undefined && line.response !== null
  const answer = line.response_raw ?? (line.response ? JSON.stringify(line.response) : '')
  return {
    id: 1,
    rollout: 'r',
    dialect: line.dialect,
    head: JSON.stringify(head).slice(1, -1),
    errorCategory: line.error_category,
    answer: isStream ? 'stream' : line.response ? 'object' : answer ? 'error' : 'none',
    bytes: new Uint8Array(Buffer.concat([request, Buffer.from(answer)])),
    requestLength: request.length,
    optional: '',
    extra: '"x_spotter":{"attempts":1}',
    ...change,
  }
}

const lineOf = (job: CaptureJob) => JSON.parse(captureLine(job).toString()) as Record<string, unknown>

for (const [name, line] of recorded) {
  test(`the line of ${name} has Gym's members, values and order`, () => {
    const bytes = captureLine(jobFor(line))
    assert.equal(bytes.indexOf(0x0a), bytes.length - 1)
    const { x_spotter, ...own } = JSON.parse(bytes.toString()) as Record<string, unknown>
    assert.deepEqual(x_spotter, { attempts: 1 })
    assert.deepEqual(own, line)
    assert.deepEqual(Object.keys(own), Object.keys(line))
  })
}

test('the recordings cover every dialect, streamed and not', () => {
  const kinds = new Set(
    recorded.map(([, line]) => `${line.dialect} ${line.response_raw ? 'stream' : 'unary'}`),
  )
  assert.equal(kinds.size, 6)
})

const [, example] = recorded.find(([name]) => name === 'x.capture.jsonl') ?? assert.fail()
const empty = new Uint8Array(0)

test('a request that is no JSON object is kept as text', () => {
  for (const text of ['{"input": ', '[1]', 'hallo é']) {
    const bytes = new Uint8Array(Buffer.from(text))
    const line = lineOf(jobFor(example, { bytes, requestLength: bytes.length, answer: 'none' }))
    assert.equal(line['request'], null)
    assert.equal(line['request_raw'], text)
    assert.deepEqual(Object.keys(line).slice(-4), ['request', 'response', 'request_raw', 'x_spotter'])
  }
  const none = lineOf(jobFor(example, { bytes: empty, requestLength: 0, answer: 'none' }))
  assert.equal(none['request'], null)
  assert.ok(!('request_raw' in none))
})

test('an answer that cannot be read is kept as text and said to be unreadable', () => {
  const bytes = new Uint8Array(Buffer.from('<html>'))
  const job = jobFor(example, { bytes, requestLength: 0 })
  const page = lineOf({ ...job, answer: 'object', errorCategory: null })
  assert.equal(page['error_category'], 'capture_parse_error')
  assert.equal(page['response'], null)
  assert.equal(page['response_raw'], '<html>')
  const error = lineOf({ ...job, answer: 'error', errorCategory: 'auth' })
  assert.equal(error['error_category'], 'auth')
  assert.equal(error['response_raw'], '<html>')
  const stream = lineOf({ ...job, answer: 'stream', errorCategory: null })
  assert.equal(stream['error_category'], 'capture_parse_error')
})

test('a stream that broke off is put together as far as it came', () => {
  const stream = (...events: object[]) =>
    Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + 'data: {"half')
  const started = { type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } }
  const delta = { type: 'response.output_text.delta', delta: 'Hel' }
  const read = (dialect: CaptureJob['dialect'], bytes: Buffer): unknown => {
    const answer = reassemble(dialect, bytes)
    return answer && JSON.parse(answer.toString())
  }
  assert.deepEqual(read('responses', stream(started, delta)), started.response)
  assert.deepEqual(
    read('chat', stream({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content: 'Hel' } }] })),
    {
      object: 'chat.completion',
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hel' }, finish_reason: null }],
      id: 'c',
    },
  )
  const block = { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } }
  const signed = { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 's' } }
  assert.deepEqual(read('messages', stream(block, signed)), {
    type: 'message',
    content: [{ type: 'thinking', thinking: 'Hm', signature: 's' }],
  })
  for (const dialect of ['responses', 'chat', 'messages'] as const)
    assert.equal(read(dialect, stream()), null)
})

test('tool calls and choices of a streamed completion keep their places', () => {
  const chunk = (index: number, delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index, delta, finish_reason }] })}\n\n`
  const call = (index: number, id: string | undefined, name: string | undefined, argument: string) => ({
    tool_calls: [{ index, id, type: 'function', function: { name, arguments: argument } }],
  })
  const text = [
    chunk(1, { role: 'assistant', content: 'second' }, 'stop'),
    chunk(0, call(1, 'b', 'g', '{"x"')),
    chunk(0, call(0, 'a', 'f', '{}')),
    chunk(0, call(1, undefined, undefined, ':1}'), 'tool_calls'),
    'data: [DONE]\n\n',
  ].join('')
  const answer = JSON.parse(reassemble('chat', Buffer.from(text))?.toString() ?? 'null') as {
    choices: { message: { content: string | null; tool_calls?: { id: string; function: object }[] } }[]
  }
  assert.deepEqual(
    answer.choices[0]?.message.tool_calls?.map(({ id, function: called }) => [id, called]),
    [
      ['a', { name: 'f', arguments: '{}' }],
      ['b', { name: 'g', arguments: '{"x":1}' }],
    ],
  )
  assert.equal(answer.choices[1]?.message.content, 'second')
})
