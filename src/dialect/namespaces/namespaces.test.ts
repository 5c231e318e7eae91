import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { EventFrames, frameData } from '../../lib/event-stream.ts'
import { isEnvelope, readEnvelope, type Envelope } from '../../lib/json-envelope.ts'
import type { JsonObject } from '../json-value.ts'
import type { RequestOrigin, TranslatedRequest } from '../translation.ts'
import { namespaces } from './namespaces.ts'
import { wholeEvents } from './whole-events.ts'

const origin: RequestOrigin = { operation: 'create', api: 'responses', scope: 'rollout 1' }
const always = namespaces(() => true)

function envelope(value: unknown): Envelope {
  const read = readEnvelope(Buffer.from(JSON.stringify(value)))
  assert.ok(isEnvelope(read))
  return read
}

function translated(value: unknown): TranslatedRequest {
  const request = always.request(envelope(value), origin)
  assert.ok(request?.ok)
  return request
}

const tool = (name: string) => ({ type: 'function', name, parameters: {} })
const request = {
  input: 'x',
  tools: [tool('shell'), { type: 'namespace', name: 'n', tools: [tool('f'), tool('g')] }],
  tool_choice: { type: 'function', namespace: 'n', name: 'f' },
}

/** What a host answers that was sent the flat request: each call under its flat name. */
function answer(output: readonly JsonObject[]): JsonObject {
  const echo = {
    tools: [tool('shell'), tool('n__f'), tool('n__g')],
    tool_choice: { type: 'function', name: 'n__f' },
  }
  return {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    ...echo,
    output,
    usage: { input_tokens: 1 },
  }
}

function whole(body: JsonObject, asEvents = false): string {
  const result = translated(request).answer?.whole(Buffer.from(JSON.stringify(body)), asEvents)
  assert.ok(result?.ok)
  return result.body.toString()
}

function eventsIn(text: string): { name: string; data: JsonObject }[] {
  const events: { name: string; data: JsonObject }[] = []
  new EventFrames().push(Buffer.from(text), (frame) => {
    events.push({ name: frame.event, data: JSON.parse(frameData(frame).toString()) as JsonObject })
  })
  return events
}

const callOf = fc.record({
  type: fc.constantFrom('function_call', 'custom_tool_call'),
  id: fc.uuid(),
  call_id: fc.uuid(),
  name: fc.constantFrom('shell', 'n__f', 'n__g', 'unknown'),
  arguments: fc.json(),
  input: fc.string(),
})
const message = fc.record({
  type: fc.constant('message'),
  id: fc.uuid(),
  content: fc.array(
    fc.oneof(
      fc.record({
        type: fc.constant('output_text'),
        text: fc.constantFrom('"function_call"', 'n__f', '"tools":\n'),
      }),
      fc.record({ type: fc.constant('refusal'), refusal: fc.string() }),
    ),
  ),
})
const reasoning = fc.record({
  type: fc.constant('reasoning'),
  id: fc.uuid(),
  summary: fc.array(fc.record({ type: fc.constant('summary_text'), text: fc.string() })),
})
const outputs = fc.array(fc.oneof(callOf, message, reasoning), { maxLength: 4 })

const restored = (item: JsonObject): JsonObject =>
  String(item['name']).startsWith('n__')
    ? { ...item, namespace: 'n', name: String(item['name']).slice(3) }
    : item

describe('namespaces over a host that has none', () => {
  it('is no step for requests the host takes, nor for those without', () => {
    assert.equal(namespaces(() => false).request(envelope(request), origin), null)
    assert.equal(always.request(envelope({ input: 'namespace', tools: [tool('f')] }), origin), null)
  })

  it('lets answers pass where only the client’s notes were left out', () => {
    assert.equal(translated({ input: 'x', client_metadata: {} }).answer, null)
  })

  it('gives calls their namespace, and the request its tools, in whole answers', () => {
    fc.assert(
      fc.property(outputs, (output) => {
        const { tools, tool_choice } = request
        const expected = { ...answer(output.map(restored)), tools, tool_choice }
        assert.deepEqual(JSON.parse(whole(answer(output))), JSON.parse(JSON.stringify(expected)))
      }),
    )
  })

  it('does the same in every event of a stream, cut anywhere, with or without names of events', () => {
    fc.assert(
      fc.property(outputs, fc.array(fc.nat({ max: 400 })), fc.boolean(), (output, cuts, isNamed) => {
        const sent = wholeEvents(answer(output))
        const expected = eventsIn(wholeEvents(JSON.parse(whole(answer(output))) as JsonObject))
        const bytes = Buffer.from(isNamed ? sent : sent.replaceAll(/^event: .*\n/gmu, ''))
        const stream = translated(request).answer?.stream()
        let text = ''
        let at = 0
        for (const cut of [...cuts, bytes.length]) {
          text += stream?.push(bytes.subarray(at, at + cut)) ?? ''
          at += cut
        }
        text += stream?.push(bytes.subarray(at)) ?? ''
        assert.deepEqual(
          eventsIn(text),
          isNamed ? expected : expected.map(({ data }) => ({ name: '', data })),
        )
      }),
    )
  })

  it('makes events of a whole answer', () => {
    const call = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'n__f', arguments: '{"a":1}' }
    const events = eventsIn(whole(answer([call]), true))
    assert.deepEqual(
      events.map(({ name }) => name),
      [
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.function_call_arguments.delta',
        'response.function_call_arguments.done',
        'response.output_item.done',
        'response.completed',
      ],
    )
    assert.deepEqual(events[5]?.data['item'], { ...call, namespace: 'n', name: 'f' })
  })

  it('passes what is no event of Responses, and names repeated where arguments end', () => {
    const stream = translated(request).answer?.stream()
    assert.equal(stream?.push(Buffer.from('data: [DONE]\n\n')), 'data: [DONE]\n\n')
    const done = { type: 'response.function_call_arguments.done', name: 'n__g', arguments: '{}' }
    const text = stream?.push(Buffer.from(`data: ${JSON.stringify(done)}\n\n`)) ?? ''
    assert.deepEqual(eventsIn(text)[0]?.data, { ...done, name: 'g' })
  })

  it('tells of an error instead of passing it', () => {
    const error = { type: 'server_error', code: 'x', param: null, message: 'broken' }
    for (const event of [
      { type: 'error', error },
      { type: 'response.failed', response: { error } },
    ]) {
      const stream = translated(request).answer?.stream()
      assert.equal(stream?.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`)), '')
      assert.deepEqual(stream?.failure, error)
    }
  })
})
