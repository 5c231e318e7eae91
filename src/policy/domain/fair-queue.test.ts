import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { FairKey, QueueItem } from './band.ts'
import { FairQueue } from './fair-queue.ts'

let order = 0

function item(fairnessKey: string, changes: Partial<QueueItem> = {}): QueueItem {
  order += 1
  return {
    fairnessKey,
    continuation: false,
    returned: false,
    arrived: order,
    order,
    work: 1000,
    place: -1,
    key: null,
    ...changes,
  }
}

/** Serves `count` items and returns the names of their keys in order. */
function served(queue: FairQueue<QueueItem>, count: number, now = 0): string[] {
  return Array.from({ length: count }, () => {
    const next = queue.head(now)
    assert.ok(next)
    queue.serve(next, now)
    return next.fairnessKey
  })
}

function share(names: readonly string[], name: string): number {
  return names.filter((one) => one === name).length / names.length
}

describe('between keys', () => {
  test('a key with a thousand calls and one with a few are served in turn', () => {
    const queue = new FairQueue<QueueItem>()
    for (let index = 0; index < 1000; index++) queue.push(item('crowd'))
    for (let index = 0; index < 5; index++) queue.push(item('few'))
    assert.equal(share(served(queue, 10), 'few'), 0.5)
  })

  test('tokens count, not calls', () => {
    const queue = new FairQueue<QueueItem>()
    for (let index = 0; index < 100; index++) {
      queue.push(item('large', { work: 9000 }))
      queue.push(item('small', { work: 1000 }))
    }
    assert.ok(Math.abs(share(served(queue, 50), 'small') - 0.9) < 0.05)
  })

  test('what turned out larger is owed, what was given back is not', () => {
    const queue = new FairQueue<QueueItem>()
    for (let index = 0; index < 100; index++) for (const name of ['a', 'b']) queue.push(item(name))
    const first = queue.head(0) as QueueItem
    const key: FairKey = queue.serve(first, 0)
    queue.settle(key, 9000)
    const other = first.fairnessKey === 'a' ? 'b' : 'a'
    assert.deepEqual(
      served(queue, 10),
      Array.from({ length: 10 }, () => other),
    )
  })

  test('a newcomer starts level with those who wait, neither ahead nor behind', () => {
    const queue = new FairQueue<QueueItem>()
    for (let index = 0; index < 100; index++) queue.push(item('old'))
    served(queue, 50)
    for (let index = 0; index < 100; index++) queue.push(item('new'))
    assert.ok(Math.abs(share(served(queue, 40), 'new') - 0.5) < 0.06)
  })

  test('absence earns little: a key that comes back after a thousand others does not shut them out', () => {
    const queue = new FairQueue<QueueItem>()
    queue.push(item('away'))
    queue.push(item('here'))
    served(queue, 2)
    for (let index = 0; index < 1100; index++) queue.push(item('here'))
    served(queue, 1000)
    for (let index = 0; index < 100; index++) queue.push(item('away'))
    const next = served(queue, 60)
    assert.ok(share(next.slice(0, 20), 'here') > 0.2, next.slice(0, 20).join(' '))
    assert.ok(Math.abs(share(next.slice(20), 'away') - 0.5) < 0.1)
  })

  test('idle keys are forgotten', () => {
    const queue = new FairQueue<QueueItem>()
    for (let index = 0; index < 5000; index++) queue.settle(queue.pass(item(`rollout-${index}`), 0), 0)
    assert.ok(queue.band(false).keys.size < 2100, `${queue.band(false).keys.size} keys`)
  })
})

describe('between bands', () => {
  test('continuation turns get two thirds, first turns the rest', () => {
    const queue = new FairQueue<QueueItem>()
    for (let index = 0; index < 200; index++) {
      queue.push(item('first', { arrived: 0 }))
      queue.push(item('next', { arrived: 0, continuation: true }))
    }
    assert.ok(Math.abs(share(served(queue, 100), 'next') - 0.667) < 0.02)
  })

  test('those who wait long enough are served as much as the others', () => {
    const queue = new FairQueue<QueueItem>()
    for (let index = 0; index < 200; index++) {
      queue.push(item('first', { arrived: 0 }))
      queue.push(item('next', { arrived: 0, continuation: true }))
    }
    assert.ok(Math.abs(share(served(queue, 100, 120_000), 'first') - 0.5) < 0.02)
  })
})

describe('one that is set aside', () => {
  test('keeps its place, its key waits with it, the others go on', () => {
    const queue = new FairQueue<QueueItem>()
    const large = item('a', { work: 50_000 })
    queue.push(large)
    queue.push(item('a'))
    queue.push(item('b'))
    queue.hold(large)
    assert.equal(queue.held, large)
    assert.equal(queue.head(0)?.fairnessKey, 'b')
    served(queue, 1)
    assert.equal(queue.head(0), null)
    queue.serve(large, 0)
    assert.equal(queue.held, null)
    assert.deepEqual(served(queue, 1), ['a'])
    assert.equal(queue.size, 0)
  })
})

test('whatever is pushed, served, set aside and removed: nothing is lost, and a key keeps its order', () => {
  const step = fc.record({
    do: fc.constantFrom('push', 'push', 'serve', 'remove', 'hold', 'settle'),
    key: fc.nat(4),
    continuation: fc.boolean(),
    work: fc.integer({ min: 1, max: 100_000 }),
    which: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const queue = new FairQueue<QueueItem>()
      const waiting = new Set<QueueItem>()
      const out: FairKey[] = []
      const last = new Map<string, number>()
      for (const { do: what, key, continuation, work, which } of steps) {
        const any = [...waiting][which % Math.max(1, waiting.size)]
        if (what === 'push') {
          const pushed = item(`k${key}`, { continuation, work })
          waiting.add(pushed)
          queue.push(pushed)
        } else if (what === 'serve') {
          const next = which % 2 === 0 ? (queue.held ?? queue.head(which)) : queue.head(which)
          if (!next) continue
          const lane = `${next.fairnessKey} ${next.continuation}`
          assert.ok((last.get(lane) ?? -1) < next.order)
          last.set(lane, next.order)
          out.push(queue.serve(next, which))
          waiting.delete(next)
        } else if (what === 'remove' && any) {
          assert.equal(queue.remove(any), true)
          assert.equal(queue.remove(any), false)
          waiting.delete(any)
        } else if (what === 'hold') {
          const head = queue.head(0)
          if (head) queue.hold(head)
        } else if (what === 'settle') {
          const key = out.pop()
          if (key) queue.settle(key, work - 50_000)
        }
        assert.equal(queue.size, waiting.size)
        assert.deepEqual(new Set(queue.values()), waiting)
      }
      while (waiting.size > 0) {
        const next = queue.held ?? queue.head(0)
        assert.ok(next)
        queue.serve(next, 0)
        waiting.delete(next)
      }
      assert.equal(queue.size, 0)
      assert.equal(queue.work, 0)
    }),
  )
})
