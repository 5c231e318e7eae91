import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ResponseMemory } from './response-memory.ts'

const answer = (id: string, text = 'x') => JSON.stringify({ id, output: [{ type: 'message', text }] })

test('an answer is remembered with all that led to it, for its own scope only', () => {
  const memory = new ResponseMemory({ responses: 10, bytes: 10_000 })
  memory.remember('a', [], 'hi', answer('resp_1'))
  const first = memory.recall('a', 'resp_1')
  assert.deepEqual(first, [
    { role: 'user', content: 'hi' },
    { type: 'message', text: 'x' },
  ])
  memory.remember('a', first ?? [], [{ role: 'user', content: 'more' }], answer('resp_2', 'y'))
  assert.equal(memory.recall('a', 'resp_2')?.length, 4)
  assert.equal(memory.recall('b', 'resp_1'), null)
  assert.equal(memory.recall('a', 'resp_3'), null)
})

test('the least recently used go first', () => {
  const memory = new ResponseMemory({ responses: 2, bytes: 10_000 })
  memory.remember('a', [], 'hi', answer('1'))
  memory.remember('a', [], 'hi', answer('2'))
  memory.recall('a', '1')
  memory.remember('a', [], 'hi', answer('3'))
  assert.deepEqual(
    ['1', '2', '3'].map((id) => memory.recall('a', id) !== null),
    [true, false, true],
  )
})

test('it holds no more than it may, in number and in bytes', () => {
  const step = fc.record({ id: fc.integer({ min: 0, max: 8 }), length: fc.nat(200) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const memory = new ResponseMemory({ responses: 4, bytes: 500 })
      for (const { id, length } of steps) memory.remember('a', [], 'x'.repeat(length), answer(String(id)))
      assert.ok(memory.size <= 4)
      const held = Array.from({ length: 9 }, (_, id) => memory.recall('a', String(id))).filter(
        (items) => items !== null,
      )
      assert.equal(held.length, memory.size)
      const bytes = held.flat().reduce<number>((sum, item) => sum + JSON.stringify(item).length, 0)
      assert.ok(bytes <= 500)
    }),
  )
})

test('items are known as long as their answer is, in its own scope', () => {
  const memory = new ResponseMemory({ responses: 2, bytes: 10_000 })
  const holding = (id: string, item: string) =>
    JSON.stringify({ id, output: [{ type: 'message', id: item }] })
  memory.remember('a', [], 'hi', holding('1', 'msg_1'))
  memory.remember('a', [], 'hi', holding('2', 'msg_2'))
  assert.deepEqual(memory.item('a', 'msg_1'), { type: 'message', id: 'msg_1' })
  assert.equal(memory.item('b', 'msg_1'), null)
  memory.remember('a', [], 'hi', holding('3', 'msg_3'))
  assert.deepEqual(
    ['msg_1', 'msg_2', 'msg_3'].map((id) => memory.item('a', id) !== null),
    [true, false, true],
  )
  memory.forget('a', '1')
  assert.equal(memory.item('a', 'msg_1'), null)
})
