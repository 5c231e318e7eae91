import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeastRecent } from './least-recent.ts'

test('the entry that was not asked for longest goes first', () => {
  const gone: number[] = []
  const map = new LeastRecent<string, number>(2, (value) => gone.push(value))
  map.set('a', 1)
  map.set('b', 2)
  assert.equal(map.get('a'), 1)
  map.set('c', 3)
  assert.deepEqual([map.get('b'), map.get('a'), map.get('c'), map.size], [undefined, 1, 3, 2])
  map.set('a', 4)
  assert.deepEqual([map.get('a'), gone], [4, [2]])
})

test('values are made where there are none, and entries can change their key', () => {
  const map = new LeastRecent<string, object>(5)
  const made = map.getOr('a', () => ({}))
  assert.equal(
    map.getOr('a', () => ({})),
    made,
  )
  map.rename('a', 'b')
  map.rename('nobody', 'c')
  assert.deepEqual([map.get('a'), map.get('b') === made, map.size], [undefined, true, 1])
})
