import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConcurrencyCap } from './concurrency-cap.ts'
import type { QueueItem } from './band.ts'
import { FairQueue } from './fair-queue.ts'

interface Step {
  readonly kind: 'push' | 'serve' | 'end' | 'leave'
  readonly key: number
  readonly cap: number
  readonly which: number
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('push', 'push', 'serve', 'serve', 'end', 'leave'),
    key: fc.nat(3),
    cap: fc.nat(2),
    which: fc.nat(50),
  }),
  { maxLength: 200 },
)

test('whoever has a place under its cap is served, however many have none', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new FairQueue<QueueItem>()
      const caps = [new ConcurrencyCap(1), new ConcurrencyCap(3), new ConcurrencyCap(Infinity)]
      const waiting = new Set<QueueItem>()
      const flying: QueueItem[] = []
      let order = 0
      for (const { kind, key, cap, which } of all) {
        if (kind === 'push') {
          const item: QueueItem = {
            fairnessKey: `key-${key}-${cap}`,
            continuation: which % 2 === 0,
            returned: false,
            arrived: order,
            order: order++,
            work: 1,
            cap: caps[cap] as ConcurrencyCap,
            place: -1,
            key: null,
          }
          queue.push(item)
          waiting.add(item)
        } else if (kind === 'serve') {
          const next = queue.head(order)
          const able = [...waiting].some((item) => !item.cap?.full)
          assert.equal(next !== null, able)
          if (!next?.cap) continue
          assert.equal(next.cap.full, false)
          next.cap.inFlight += 1
          queue.serve(next, order)
          waiting.delete(next)
          flying.push(next)
        } else if (kind === 'end') {
          const [ended] = flying.splice(which % Math.max(1, flying.length), 1)
          if (ended?.cap) ended.cap.inFlight -= 1
        } else {
          const leaver = [...waiting][which % Math.max(1, waiting.size)]
          if (!leaver) continue
          assert.equal(queue.remove(leaver), true)
          waiting.delete(leaver)
        }
        assert.equal(queue.size, waiting.size)
        assert.deepEqual(new Set(queue.values()), waiting)
      }
    }),
    { numRuns: 300 },
  )
})

test('a held item whose cap is full lets the others go', () => {
  const queue = new FairQueue<QueueItem>()
  const cap = new ConcurrencyCap(1)
  const base = { continuation: false, returned: false, arrived: 0, work: 1, place: -1, key: null }
  queue.push({ ...base, fairnessKey: 'a', order: 1, cap })
  const head = queue.head(0)
  assert.ok(head)
  queue.hold(head)
  assert.equal(queue.held, head)
  cap.inFlight = 1
  assert.equal(queue.held, null)
  assert.equal(queue.head(0), null)
  cap.inFlight = 0
  assert.equal(queue.head(0), head)
})
