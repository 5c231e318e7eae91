import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heap } from './heap.ts'

interface Item {
  value: number
  place: number
}

function heapOfItems(): Heap<Item> {
  return new Heap<Item>({
    before: (a, b) => a.value < b.value,
    place: (item) => item.place,
    setPlace: (item, place) => {
      item.place = place
    },
  })
}

test('comes out in order, whatever is removed or moved on the way', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), value: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ kind: fc.constantFrom('pop' as const, 'remove' as const), value: fc.nat() }),
    fc.record({ kind: fc.constant('move' as const), value: fc.nat(), to: fc.integer({ min: 0, max: 50 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const heap = heapOfItems()
      const model: Item[] = []
      for (const step of steps) {
        const chosen = model[step.value % Math.max(1, model.length)]
        if (step.kind === 'push') {
          const item = { value: step.value, place: -1 }
          model.push(item)
          heap.push(item)
        } else if (step.kind === 'pop') {
          const least = Math.min(...model.map((item) => item.value))
          const popped = heap.pop()
          assert.equal(popped?.value ?? Infinity, least)
          if (popped) model.splice(model.indexOf(popped), 1)
        } else if (chosen && step.kind === 'remove') {
          assert.equal(heap.remove(chosen), true)
          assert.equal(heap.remove(chosen), false)
          model.splice(model.indexOf(chosen), 1)
        } else if (chosen && step.kind === 'move') {
          chosen.value = step.to
          heap.update(chosen)
        }
        assert.equal(heap.size, model.length)
        assert.ok(model.every((item) => heap.has(item)))
      }
      const rest: number[] = []
      for (let item = heap.pop(); item; item = heap.pop()) {
        rest.push(item.value)
        assert.equal(item.place, -1)
      }
      assert.deepEqual(
        rest,
        model.map((item) => item.value).sort((a, b) => a - b),
      )
    }),
  )
})
