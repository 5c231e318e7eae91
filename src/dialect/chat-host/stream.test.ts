import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { chunksOf, completionOf, spoken, type Spoken } from '../../../test/fixtures/chat-host/completions.ts'
import { readMessage } from '../../../test/fixtures/messages/read-message.ts'
import { chainAnswers } from '../chain.ts'
import { objectOf, objectsOf, textOf, type JsonObject } from '../json-value.ts'
import { isEnvelope, readEnvelope } from '../../lib/json-envelope.ts'
import { messages, UNKNOWN_MODEL } from '../messages/index.ts'
import type { AnswerTranslation } from '../translation.ts'
import { chatHost } from './chat-host.ts'
import { UNKNOWN_HOST } from './options.ts'
import { ResponsesStream } from './stream.ts'
import { toChat, type AnswerPlan } from './request.ts'
import { toResponse } from './response.ts'

const asked = {
  model: 'any',
  input: 'hi',
  tools: [
    { type: 'function', name: 'get_weather', parameters: {} },
    { type: 'function', name: 'Bash', parameters: {} },
    { type: 'custom', name: 'apply_patch' },
  ],
}

function planOf(request: JsonObject = asked): AnswerPlan {
  const translated = toChat(request, UNKNOWN_HOST, { id: '0123456789abcdef', now: 7 })
  assert.ok(translated.ok)
  return translated.plan
}

/** The stream, given in pieces of `step` bytes. */
function streamed(text: string, step: number, stream = new ResponsesStream(planOf())): string {
  const bytes = Buffer.from(text)
  let out = ''
  for (let at = 0; at < bytes.length; at += step) out += stream.push(bytes.subarray(at, at + step))
  assert.equal(stream.failure, null)
  return out
}

function eventsOf(text: string): readonly JsonObject[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const [name, data] = frame.split('\n')
      const event = objectOf(JSON.parse(data?.slice('data: '.length) ?? ''))
      assert.equal(name, `event: ${textOf(event['type'])}`)
      return event
    })
}

/** What a client that only looks at the deltas puts together. */
function heard(events: readonly JsonObject[]): string {
  return events
    .filter((event) => textOf(event['type']).endsWith('.delta'))
    .map((event) => `${textOf(event['item_id'])}:${textOf(event['delta'])}`)
    .join('\n')
}

function whole(answer: Spoken): JsonObject {
  const translated = toResponse(completionOf(answer), planOf())
  assert.ok(translated.ok)
  return objectOf(JSON.parse(translated.body.toString()))
}

const sizes = { size: fc.integer({ min: 1, max: 5 }), step: fc.integer({ min: 1, max: 300 }) }

describe('a translated stream', () => {
  it('ends with the same answer as the whole one, however it is cut', () => {
    fc.assert(
      fc.property(spoken, sizes.size, sizes.step, (answer, size, step) => {
        const events = eventsOf(streamed(chunksOf(answer, size), step))
        assert.deepEqual(events.at(-1)?.['response'], whole(answer))
      }),
      { numRuns: 300 },
    )
  })

  it('numbers its events without a gap, and each item begins, is added to and ends in its place', () => {
    fc.assert(
      fc.property(spoken, sizes.size, (answer, size) => {
        const events = eventsOf(streamed(chunksOf(answer, size), 4096))
        assert.deepEqual(
          events.map((event) => event['sequence_number']),
          events.map((_, index) => index),
        )
        const open = new Set<unknown>()
        const done: unknown[] = []
        for (const event of events.slice(2, -1)) {
          const type = textOf(event['type'])
          const index = event['output_index']
          if (type === 'response.output_item.added') open.add(index)
          else assert.ok(open.has(index), `${type} of an item that is not open`)
          if (type === 'response.output_item.done') {
            open.delete(index)
            done.push(index)
          }
        }
        assert.equal(open.size, 0)
        const output = objectsOf(objectOf(events.at(-1)?.['response'])['output'])
        assert.deepEqual(
          done.toSorted(),
          output.map((_, index) => index),
        )
      }),
    )
  })

  it('says in its deltas what its last event says', () => {
    fc.assert(
      fc.property(spoken, sizes.size, (answer, size) => {
        const events = eventsOf(streamed(chunksOf(answer, size), 4096))
        const output = objectsOf(objectOf(events.at(-1)?.['response'])['output'])
        const said = new Map<string, string>()
        for (const line of events.filter((event) => textOf(event['type']).endsWith('.delta'))) {
          const id = textOf(line['item_id'])
          said.set(id, (said.get(id) ?? '') + textOf(line['delta']))
        }
        for (const item of output) {
          const [part] = objectsOf(item['content'] ?? item['summary'])
          const text = part?.['text'] ?? part?.['refusal'] ?? item['arguments'] ?? item['input'] ?? ''
          assert.equal(said.get(textOf(item['id'])) ?? '', text)
        }
      }),
    )
  })

  it('is the same as the events made of a whole answer', () => {
    fc.assert(
      fc.property(spoken, (answer) => {
        const translated = toResponse(completionOf(answer), planOf(), { asEvents: true })
        assert.ok(translated.ok)
        const text = streamed(chunksOf(answer, 1_000_000), 4096)
        assert.equal(heard(eventsOf(translated.body.toString())), heard(eventsOf(text)))
      }),
    )
  })

  it('tells its position, and can be closed once the host has said why it ends', () => {
    const answer: Spoken = {
      form: 'reasoning',
      thought: '',
      text: 'hello',
      refusal: '',
      calls: [],
      finish: 'stop',
    }
    const stream = new ResponsesStream(planOf())
    assert.deepEqual(stream.position, { nextSequence: 0, responseId: null })
    const [text] = chunksOf(answer, 9).split(
      'data: {"id":"chatcmpl-1","created":1700000000,"model":"some/model","object":"chat.completion.chunk","choices":[]',
    )
    const before = eventsOf(stream.push(Buffer.from(text ?? '')))
    assert.deepEqual(stream.position, { nextSequence: before.length, responseId: 'resp_0123456789abcdef' })
    assert.equal(stream.closable, true)
    assert.equal(eventsOf(stream.end()).at(-1)?.['type'], 'response.completed')
    assert.equal(stream.closable, false)
  })

  it('fails where the host sends something else than chunks, and leaves errors to the meter', () => {
    const broken = new ResponsesStream(planOf())
    broken.push(Buffer.from('data: {"choices"\n\n'))
    assert.equal(broken.failure?.type, 'protocol')
    const refused = new ResponsesStream(planOf())
    assert.equal(refused.push(Buffer.from('data: {"error":{"message":"no"}}\n\n')), '')
    assert.equal(refused.failure, null)
  })

  it('fails where the host says nothing at all, as a whole answer does', () => {
    assert.ok(!toResponse({ choices: [] }, planOf()).ok)
    for (const text of ['', 'data: {"choices":[]}\n\n', 'data: {"choices":[],"usage":{}}\n\n']) {
      const stream = new ResponsesStream(planOf())
      const events = stream.push(Buffer.from(`${text}data: [DONE]\n\n`))
      assert.match(stream.failure?.message ?? '', /has no choices/u)
      assert.ok(!events.includes('response.completed'))
    }
  })

  it('tells calls apart that have neither ids nor numbers of their own', () => {
    const calls = (deltas: readonly JsonObject[]) => {
      const chunks = deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }))
      const text = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')
      const events = eventsOf(streamed(`${text}data: [DONE]\n\n`, 50))
      return objectsOf(objectOf(events.at(-1)?.['response'])['output'])
        .filter((item) => item['type'] === 'function_call')
        .map((item) => `${textOf(item['name'])}(${textOf(item['arguments'])})`)
    }
    const call = (name: string | undefined, input: string) => ({
      tool_calls: [{ index: 0, function: { name, arguments: input } }],
    })
    assert.deepEqual(calls([call('f', '{"a":1}'), call('f', '{"a":2}')]), ['f({"a":1})', 'f({"a":2})'])
    assert.deepEqual(calls([call('f', '{}'), call('g', ' {"a"'), call(undefined, ':2}')]), [
      'f({})',
      'g( {"a":2})',
    ])
    // A name that is repeated with every piece, and once more with the last, which holds nothing.
    assert.deepEqual(calls([call('f', '{"a"'), call('f', ':1}'), call('f', '')]), ['f({"a":1})'])
    const legacy = (name: string | undefined, input: string) => ({
      function_call: { name, arguments: input },
    })
    assert.deepEqual(calls([legacy('f', ''), legacy(undefined, '{"a"'), legacy(undefined, ':1}')]), [
      'f({"a":1})',
    ])
  })
})

describe('Messages over a host that only chats', () => {
  /** Both translations of one request. */
  function chained(stream: boolean): AnswerTranslation {
    const body = readEnvelope(
      Buffer.from(
        JSON.stringify({
          model: 'claude-x',
          max_tokens: 100,
          stream,
          thinking: { type: 'enabled', budget_tokens: 1024 },
          messages: [{ role: 'user', content: 'hi' }],
          tools: ['get_weather', 'Bash', 'apply_patch'].map((name) => ({
            name,
            input_schema: { type: 'object' },
          })),
        }),
      ),
    )
    assert.ok(isEnvelope(body))
    const origin = { operation: 'create', api: 'chat', scope: 'r' } as const
    const first = messages(UNKNOWN_MODEL).translation.request(body, origin)
    assert.ok(first?.ok)
    const host = chatHost({
      options: () => UNKNOWN_HOST,
      memory: null,
      newId: () => '0123456789abcdef',
      now: () => 7,
    })
    const second = host.request(first.body, origin)
    assert.ok(second?.ok && first.answer && second.answer)
    const both = chainAnswers([first.answer, second.answer])
    assert.ok(both)
    return both
  }

  it('are the same whole and streamed', () => {
    fc.assert(
      fc.property(spoken, sizes.size, sizes.step, (answer, size, step) => {
        const unary = chained(false).whole(Buffer.from(JSON.stringify(completionOf(answer))), false)
        assert.ok(unary.ok)
        const stream = chained(true).stream()
        const bytes = Buffer.from(chunksOf(answer, size))
        let text = ''
        for (let at = 0; at < bytes.length; at += step) text += stream.push(bytes.subarray(at, at + step))
        const { usage: _, ...streamedMessage } = readMessage(text)
        const { usage: __, ...message } = objectOf(JSON.parse(unary.body.toString()))
        assert.deepEqual(streamedMessage, message)
      }),
      { numRuns: 150 },
    )
  })
})
