import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { finishedResponse } from '../../../test/fixtures/messages/answers.ts'
import { messagesEvents, readMessage } from '../../../test/fixtures/messages/read-message.ts'
import { inThrees, responsesEvents } from '../../../test/fixtures/messages/responses-events.ts'
import { readSignature } from './item-ids.ts'
import { objectOf, type JsonObject } from '../json-value.ts'
import type { AnswerPlan } from './request.ts'
import { toMessage } from './response.ts'
import { MessagesStream } from './stream.ts'

const plan: AnswerPlan = {
  model: 'claude-x',
  thinking: 'shown',
  stopSequences: [],
  toolNames: new Map([['Bash', 'run a command']]),
  reportsEdits: true,
}
const answer: JsonObject = {
  id: 'resp_1',
  status: 'completed',
  output: [
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [
        { type: 'summary_text', text: 'Hm… 😀' },
        { type: 'summary_text', text: 'So.' },
      ],
      encrypted_content: 'gAAA',
    },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      phase: 'commentary',
      content: [{ type: 'output_text', text: 'Grüße, 世界!', annotations: [] }],
    },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'Bash', arguments: '{"command":"ls"}' },
    { type: 'function_call', id: 'fc_2', call_id: 'call_2', name: 'Bash', arguments: '' },
  ],
  usage: { input_tokens: 30, input_tokens_details: { cached_tokens: 10 }, output_tokens: 7 },
}

function translate(events: string, changes: Partial<AnswerPlan> = {}): string {
  return new MessagesStream({ ...plan, ...changes }).push(Buffer.from(events))
}

/** The message without what only one of the two forms can hold. */
function comparable(message: JsonObject): JsonObject {
  const { cache_creation: _, service_tier: __, ...usage } = objectOf(message['usage'])
  return { ...message, usage }
}

function unary(response: JsonObject, changes: Partial<AnswerPlan> = {}): JsonObject {
  const translated = toMessage(response, { ...plan, ...changes })
  assert.ok(translated.ok)
  return comparable(translated.message)
}

describe('MessagesStream', () => {
  it('says the same as the unary answer, for any answer and any cut of its texts', () => {
    const thinking = fc.constantFrom('shown', 'carried', 'hidden')
    const stops = fc.constantFrom([], ['STOP'], ['TO', 'STOP', ' b'])
    fc.assert(
      fc.property(
        finishedResponse,
        thinking,
        stops,
        fc.integer({ min: 1, max: 9 }),
        (response, shown, stopSequences, size) => {
          const cut = (text: string) => text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? []
          const changes = { thinking: shown, stopSequences }
          const expected = unary(response, changes)
          const streamed = readMessage(translate(responsesEvents(response, cut), changes))
          assert.deepEqual(comparable(streamed), expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives the same bytes wherever the stream is split', () => {
    const events = Buffer.from(responsesEvents(answer))
    const whole = translate(events.toString())
    for (let at = 0; at <= events.length; at++) {
      const stream = new MessagesStream(plan)
      assert.equal(stream.push(events.subarray(0, at)) + stream.push(events.subarray(at)), whole)
    }
    const stream = new MessagesStream(plan)
    let bytewise = ''
    for (let at = 0; at < events.length; at++) bytewise += stream.push(events.subarray(at, at + 1))
    assert.equal(bytewise, whole)
  })

  it('passes each piece on when it comes', () => {
    const stream = new MessagesStream(plan)
    const pushed = responsesEvents(answer)
      .split('\n\n')
      .map((frame) => stream.push(Buffer.from(`${frame}\n\n`)))
    const withDelta = pushed.filter((out) => out.includes('content_block_delta'))
    const deltas = messagesEvents(pushed.join('')).filter((event) => event['type'] === 'content_block_delta')
    assert.ok(withDelta.length >= deltas.length - 1)
    assert.match(pushed[0] ?? '', /^event: message_start\n[\s\S]+event: ping\n/u)
    assert.ok(stream.ended)
  })

  it('waits with a signature for the next item, and carries its id', () => {
    const message = readMessage(translate(responsesEvents(answer)))
    const [thinking] = message['content'] as JsonObject[]
    const carried = readSignature(String(thinking?.['signature']), String(thinking?.['thinking']))
    assert.ok(carried?.kind === 'reasoning')
    assert.deepEqual(carried.item, (answer['output'] as unknown[])[0])
    assert.deepEqual(carried.next, { type: 'message', id: 'msg_1', callId: null, phase: 'commentary' })
  })

  it('reads hosts that send nothing between created and done, or only the end', () => {
    const frames = responsesEvents(answer).split(/(?<=\n\n)/u)
    const sparse = frames.filter((frame) =>
      /response\.(?:created|output_item\.done|completed)\n/u.test(frame),
    )
    assert.deepEqual(comparable(readMessage(translate(sparse.join('')))), unary(answer))
    const only = frames.filter((frame) => frame.includes('response.completed\n'))
    assert.deepEqual(comparable(readMessage(translate(only.join('')))), unary(answer))
    const undone = frames.filter((frame) => !frame.includes('output_item.done\n'))
    assert.deepEqual(comparable(readMessage(translate(undone.join('')))), unary(answer))
    const unnamed = frames.map((frame) => frame.replace(/^event: .+\n/u, ''))
    assert.deepEqual(comparable(readMessage(translate(unnamed.join('')))), unary(answer))
  })

  it('puts interleaved items one after the other', () => {
    const frames = responsesEvents(answer).split(/(?<=\n\n)/u)
    const items = [0, 1, 2, 3].map((index) =>
      frames.filter((frame) => frame.includes(`"output_index":${index}`)),
    )
    const longest = Math.max(...items.map((each) => each.length))
    const mixed = Array.from({ length: longest }, (_, at) => items.map((each) => each[at] ?? '')).flat()
    const ends = frames.filter((frame) => !frame.includes('"output_index"'))
    const stream = [...ends.slice(0, 2), ...mixed, ...ends.slice(2)].join('')
    assert.deepEqual(comparable(readMessage(translate(stream))), unary(answer))
  })

  it('is silent after a stop sequence, and can end without the upstream', () => {
    const events = responsesEvents(answer)
    const stream = new MessagesStream({ ...plan, stopSequences: ['üße'] }, { inputTokens: 25 })
    const cut = events.indexOf('event: response.completed')
    const begun = stream.push(Buffer.from(events.slice(0, cut)))
    assert.ok(stream.stopped && !stream.ended)
    const message = readMessage(begun + stream.end())
    assert.ok(stream.ended)
    assert.equal(message['stop_sequence'], 'üße')
    assert.equal((message['content'] as JsonObject[]).at(-1)?.['text'], 'Gr')
    assert.equal(objectOf(message['usage'])['input_tokens'], 25)
    const patient = new MessagesStream({ ...plan, stopSequences: ['üße'] })
    assert.deepEqual(
      comparable(readMessage(patient.push(Buffer.from(events)))),
      unary(answer, { stopSequences: ['üße'] }),
    )
  })

  it('takes the id from wherever the announcement has it, and an announcement that is no JSON for what it is', () => {
    const announced = (data: string) =>
      new MessagesStream(plan).push(Buffer.from(`event: response.created\ndata: ${data}\n\n`))
    const request = { instructions: `"response":{"id":"resp_2"} ${'x'.repeat(2000)}`, id: 'resp_1' }
    for (const response of [{ id: 'resp_1', model: 'gpt' }, request]) {
      const events = announced(JSON.stringify({ type: 'response.created', response }))
      assert.match(events, /"id":"msg_1","type":"message","role":"assistant","model":"claude-x"/)
    }
    assert.match(announced('{"type":"response.created"}'), /"id":"msg_unknown"/)
    const nameless = new MessagesStream({ ...plan, model: '' })
    const event = { response: { id: 'resp_1', model: 'gpt-4o' } }
    assert.match(
      nameless.push(Buffer.from(`event: response.created\ndata: ${JSON.stringify(event)}\n\n`)),
      /"id":"msg_1".*"model":"gpt-4o"/,
    )
    const broken = new MessagesStream(plan)
    assert.equal(broken.push(Buffer.from('event: response.created\ndata: [1]\n\n')), '')
    assert.equal(broken.failure?.type, 'protocol')
  })

  it('reports errors of every form and writes nothing after them', () => {
    const begun = responsesEvents(answer)
      .split(/(?<=\n\n)/u)
      .slice(0, 4)
      .join('')
    const error = { type: 'server_error', code: 'c', message: 'It broke.', param: null }
    const forms = [
      `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`,
      `event: error\ndata: ${JSON.stringify({ ...error, type: 'error' })}\n\n`,
      `event: response.failed\ndata: ${JSON.stringify({ response: { status: 'failed', error } })}\n\n`,
    ]
    for (const form of forms) {
      const stream = new MessagesStream(plan)
      assert.notEqual(stream.push(Buffer.from(begun)), '')
      assert.equal(stream.push(Buffer.from(form + responsesEvents(answer))), '')
      assert.equal(stream.failure?.message, 'It broke.')
      assert.equal(stream.failure?.code, 'c')
      assert.equal(stream.end(), '')
    }
    const broken = new MessagesStream(plan)
    broken.push(Buffer.from('event: response.created\ndata: {"response":\n\n'))
    assert.equal(broken.failure?.type, 'protocol')
  })

  it('gives nothing at the end of a stream that broke off', () => {
    const stream = new MessagesStream(plan)
    stream.push(Buffer.from(responsesEvents(answer, inThrees).slice(0, 900)))
    assert.equal(stream.end(), '')
    assert.ok(!stream.ended && stream.failure === null)
  })

  it('never throws, whatever comes', () => {
    const junk = fc.oneof(
      fc.string(),
      fc
        .jsonValue()
        .map((value) => JSON.stringify({ type: 'response.output_item.done', output_index: 0, item: value })),
      fc.jsonValue().map((value) => JSON.stringify({ type: 'response.completed', response: value })),
      fc
        .jsonValue()
        .map((value) => JSON.stringify({ type: 'response.output_item.added', output_index: 1, item: value })),
    )
    fc.assert(
      fc.property(fc.array(junk), (frames) => {
        const stream = new MessagesStream(plan)
        for (const frame of frames) stream.push(Buffer.from(`data: ${frame.replaceAll('\n', ' ')}\n\n`))
        stream.end()
      }),
    )
  })
})
