import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Translation } from '../translation.ts'
import { droppedFields, ItemMemory } from './item-memory.ts'
import { envelopeOf } from './reasoning-status.ts'
import { restoredFields } from './restored-fields.ts'

type Item = Record<string, unknown>

const origin = { operation: 'create', api: 'responses', scope: 'a' } as const
const user = { role: 'user', content: 'hi' }
const items: readonly Item[] = [
  { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAA"\\é' },
  { id: 'msg_1', type: 'message', role: 'assistant', content: [], phase: 'commentary' },
  { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}', namespace: 'ns' },
]

const step = (): Translation => restoredFields(new ItemMemory(1_000_000))

/** A turn: what goes up of the request, once the answer has been given. */
function turn(translation: Translation, request: object, output: readonly Item[] = [], spaces = 0): string {
  const body = envelopeOf(Buffer.from(JSON.stringify(request, null, spaces)))
  const translated = translation.request(body, origin)
  assert.ok(translated?.ok && translated.answer)
  const answer = Buffer.from(JSON.stringify({ id: 'resp_1', output }, null, spaces))
  const whole = translated.answer.whole(answer, false)
  assert.ok(whole.ok)
  assert.equal(whole.body, answer)
  if (translated.body === body) return body.bytes.toString()
  return translated.body.bytes.toString()
}

function without(item: Item, fields: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !fields.includes(name)))
}

describe('fields that agents drop', () => {
  it('are put in again, and nothing else is touched', () => {
    const translation = step()
    turn(translation, { input: [user] }, items)
    const dropped = items.map((item) => without(item, droppedFields))
    const request = { model: 'm', input: [user, ...dropped, { ...user, id: 'x' }], user: null }
    const sent = JSON.parse(turn(translation, request)) as { input: Item[] }
    assert.deepEqual(sent, { ...request, input: [user, ...items, { ...user, id: 'x' }] })
  })

  it('are put in again in every later turn, and by the id of the call where the other is gone', () => {
    const translation = step()
    const call = items[2] as Item
    turn(translation, { input: [user] }, [call])
    const request = { input: [user, without(call, ['namespace', 'id'])] }
    for (let again = 0; again < 3; again++) {
      const sent = JSON.parse(turn(translation, request)) as { input: Item[] }
      assert.equal(sent.input[1]?.['namespace'], 'ns')
    }
  })

  it('are no matter of references, which know only an id', () => {
    const translation = step()
    turn(translation, { input: [user] }, items)
    const request = { input: [user, { type: 'item_reference', id: 'msg_1' }] }
    assert.deepEqual(JSON.parse(turn(translation, request)), request)
  })

  it('replace a null, and leave alone what the caller sends', () => {
    const translation = step()
    turn(translation, { input: [user] }, items)
    const [reasoning, message] = items as [Item, Item]
    const input = [
      { ...reasoning, encrypted_content: 'its own' },
      { ...message, phase: null },
    ]
    const sent = JSON.parse(turn(translation, { input })) as { input: Item[] }
    assert.deepEqual(
      sent.input.map((item) => item['encrypted_content'] ?? item['phase']),
      ['its own', 'commentary'],
    )
  })

  it('cost a caller that keeps them nothing: the same body goes up', () => {
    const translation = step()
    turn(translation, { input: [user] }, items)
    for (const request of [
      { input: 'hi' },
      { input: [user] },
      { input: [user, ...items] },
      { prompt: { id: 'x' }, tools: [{ id: 'phase' }] },
    ]) {
      const body = envelopeOf(Buffer.from(JSON.stringify(request)))
      const translated = translation.request(body, origin)
      assert.ok(translated?.ok)
      assert.equal(translated.body, body)
    }
  })

  it('are not asked after before anything has been remembered', () => {
    const body = envelopeOf(
      Buffer.from(JSON.stringify({ input: items.map((item) => without(item, ['phase'])) })),
    )
    const translated = step().request(body, origin)
    assert.ok(translated?.ok)
    assert.equal(translated.body, body)
  })

  it('are nothing to who streams, nor in other operations', () => {
    const translation = step()
    const streaming = envelopeOf(Buffer.from('{"stream":true,"input":[]}'))
    assert.equal(translation.request(streaming, origin), null)
    const compact = { ...origin, operation: 'compact' } as const
    assert.equal(translation.request(envelopeOf(Buffer.from('{}')), compact), null)
  })

  it('are restored whichever are dropped, however the JSON is written', () => {
    const drops = fc.tuple(...items.map(() => fc.subarray([...droppedFields])))
    fc.assert(
      fc.property(drops, fc.constantFrom(0, 1, 2), (dropped, spaces) => {
        const translation = step()
        turn(translation, { input: [user] }, items, spaces)
        const input = items.map((item, index) => without(item, dropped[index] ?? []))
        const sent = JSON.parse(turn(translation, { input, tail: 1 }, [], spaces)) as { input: Item[] }
        assert.deepEqual(sent, { input: items, tail: 1 })
      }),
    )
  })

  it('do not come of answers that hold none, or are none', () => {
    const translation = step()
    for (const text of [
      '',
      'x',
      '{"phase":1}',
      '{"output":[{"phase":"x"},{"type":"a","id":"b","phase":null},"phase"]}',
    ]) {
      const translated = translation.request(envelopeOf(Buffer.from('{}')), origin)
      assert.ok(translated?.ok && translated.answer)
      assert.ok(translated.answer.whole(Buffer.from(text), false).ok)
    }
  })
})
