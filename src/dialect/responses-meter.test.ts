import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ResponsesMeter } from './responses-meter.ts'

const response = {
  id: 'resp_1',
  object: 'response',
  status: 'in_progress',
  model: 'm',
  output: [],
  usage: null,
}
const usage = {
  input_tokens: 9,
  output_tokens: 4,
  output_tokens_details: { reasoning_tokens: 1 },
  total_tokens: 13,
}
const completed = { ...response, status: 'completed', service_tier: 'default', usage }

type Event = Record<string, unknown> & { type: string }

const numbered = (events: Event[], first = 0): Event[] =>
  events.map(({ type, ...rest }, index) => ({ type, sequence_number: first + index, ...rest }))

const wire = (events: Event[], named = true): string =>
  events.map((event) => `${named ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`).join('')

const opening: Event[] = [
  { type: 'response.created', response },
  { type: 'response.in_progress', response },
]
const content: Event[] = [
  { type: 'response.output_item.added', output_index: 0, item: { type: 'message' } },
  { type: 'response.output_text.delta', delta: 'Grüße: "response.completed" 🎈', obfuscation: 'xx' },
]
const whole = numbered([...opening, ...content, { type: 'response.completed', response: completed }])

function measure(text: string, splitAt: readonly number[] = []): ResponsesMeter {
  const meter = new ResponsesMeter()
  const bytes = Buffer.from(text)
  let from = 0
  for (const at of [...splitAt, bytes.length]) {
    meter.push(bytes.subarray(from, at))
    from = at
  }
  return meter
}

const stateOf = (meter: ResponsesMeter) => ({
  preamble: meter.preamble,
  ended: meter.ended,
  failure: meter.failure,
  facts: meter.facts,
  answer: meter.answer?.toString(),
  next: meter.nextSequence,
})

test('a whole stream: facts, the answer itself, and the number behind the last', () => {
  assert.deepEqual(stateOf(measure(wire(whole))), {
    preamble: false,
    ended: true,
    failure: null,
    facts: {
      id: 'resp_1',
      model: 'm',
      serviceTier: 'default',
      status: 'completed',
      stopReason: null,
      usage: { input: 9, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output: 4, reasoning: 1 },
    },
    answer: JSON.stringify(completed),
    next: 5,
  })
})

test('the preamble ends with the first event of content', () => {
  const meter = new ResponsesMeter()
  meter.push(Buffer.from(wire(whole.slice(0, 2))))
  assert.deepEqual([meter.preamble, meter.facts.id, meter.nextSequence], [true, 'resp_1', 2])
  meter.push(Buffer.from(wire(whole.slice(2, 3))))
  assert.equal(meter.preamble, false)
  assert.equal(meter.ended, false)
})

test('OpenAI refuses inside HTTP 200: error, then response.failed', () => {
  const error = {
    type: 'tokens',
    code: 'rate_limit_exceeded',
    message: 'Please try again in 20ms.',
    param: null,
  }
  const failed = {
    ...response,
    status: 'failed',
    error: { code: 'rate_limit_exceeded', message: 'other words' },
  }
  const events = numbered([
    ...opening,
    { type: 'error', error },
    { type: 'response.failed', response: failed },
  ])
  const beforeEnd = measure(wire(events.slice(0, 3)))
  assert.deepEqual([beforeEnd.failure, beforeEnd.ended, beforeEnd.preamble], [error, false, true])
  const atEnd = measure(wire(events))
  assert.deepEqual([atEnd.failure, atEnd.ended, atEnd.facts.status], [error, true, 'failed'])
})

test('response.failed alone, a flat error, an error without words', () => {
  const failed = { ...response, status: 'failed', error: { code: 'server_error', message: 'boom' } }
  const alone = measure(wire(numbered([...opening, { type: 'response.failed', response: failed }])))
  assert.deepEqual(alone.failure, { type: null, code: 'server_error', param: null, message: 'boom' })
  const flat = measure(wire(numbered([{ type: 'error', code: 'x', message: 'y', param: 'z' }])))
  assert.deepEqual(flat.failure, { type: null, code: 'x', param: 'z', message: 'y' })
  const bare = measure(
    wire(numbered([{ type: 'response.failed', response: { ...response, status: 'failed' } }])),
  )
  assert.deepEqual(bare.failure, { type: null, code: null, param: null, message: null })
})

test('incomplete ends a stream without being a failure', () => {
  const incomplete = {
    ...completed,
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
  }
  const meter = measure(
    wire(numbered([...opening, ...content, { type: 'response.incomplete', response: incomplete }])),
  )
  assert.deepEqual([meter.ended, meter.failure, meter.facts.stopReason], [true, null, 'max_output_tokens'])
})

test('a stream that breaks off has not ended, and [DONE] is no terminal event', () => {
  assert.equal(measure(wire(whole.slice(0, 4))).ended, false)
  assert.equal(measure(`${wire(whole.slice(0, 4))}data: [DONE]\n\n`).ended, false)
  const almost = wire(whole)
  assert.equal(
    measure(almost.slice(0, -1)).ended,
    false,
    'the terminal event is not complete without its empty line',
  )
})

test('a resumed stream goes on counting where it was resumed', () => {
  assert.equal(measure(wire(numbered(content, 41))).nextSequence, 43)
})

test('hosts that do not name their events', () => {
  const meter = measure(`${wire(whole, false)}data: [DONE]\n\n`)
  assert.deepEqual(stateOf(meter), stateOf(measure(wire(whole))))
})

test('every split of the bytes gives the same, comments and line ends notwithstanding', () => {
  const text = `: hello\n\n${wire(whole)}`
  const expected = stateOf(measure(text))
  for (const variant of [text, text.replaceAll('\n', '\r\n')]) {
    for (let at = 1; at < Buffer.byteLength(variant); at++)
      assert.deepEqual(stateOf(measure(variant, [at])), expected)
  }
})

test('property: any bytes in any chunks are measured without throwing', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'event: error\n',
      'event: response.completed\n',
      'data: {',
      'data: {"response":5}\n\n',
      '\n\n',
      'data: [DONE]\n',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const meter = new ResponsesMeter()
      for (const text of pieces) meter.push(Buffer.from(text))
      assert.ok(Number.isInteger(meter.nextSequence))
    }),
  )
})
