import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { CacheKeys } from './cache-key.ts'

const keys = (): CacheKeys => new CacheKeys({ prefix: 'policy', perMinute: 15 })
const second = 1000
const minute = 60 * second

test('a conversation keeps its key; others with the same beginning share it while there is room', () => {
  const all = keys()
  const [a, b] = ['a', 'b'].map((name) => all.keyFor(name, 'agent', name, 0))
  assert.notEqual(a, b, 'nobody knows yet how fast they are')
  // A turn every half minute: seven conversations are fourteen requests a minute.
  for (let turn = 1; turn < 60; turn++) {
    assert.equal(all.keyFor('a', 'agent', 'a', turn * 30 * second), a)
    assert.equal(all.keyFor('b', 'agent', 'b', turn * 30 * second), b)
  }
  const now = 60 * 30 * second
  const others = Array.from({ length: 13 }, (_, index) => all.keyFor(`c${index}`, 'agent', `c${index}`, now))
  assert.deepEqual(others.slice(0, 12).toSorted(), [...Array(6).fill(a), ...Array(6).fill(b)].toSorted())
  assert.ok(others[12] !== a && others[12] !== b)
  assert.notEqual(all.keyFor('a', 'judge', 'a', now), a, 'another agent, another key')
})

test('a place that became free is taken again, so that its cache is used', () => {
  const all = keys()
  const early = Array.from({ length: 20 }, (_, index) => all.keyFor(`early-${index}`, 'agent', 't', 0))
  const late = Array.from({ length: 20 }, (_, index) => all.keyFor(`late-${index}`, 'agent', 't', 3 * minute))
  assert.ok(late.every((key) => early.includes(key)))
})

test('repetitions of one task go to the same key where there is room', () => {
  const all = keys()
  const x = all.keyFor('x1', 'agent', 'x', 0)
  all.keyFor('y1', 'agent', 'y', 0)
  const later = 3 * minute
  const z = all.keyFor('z1', 'agent', 'z', 0)
  assert.notEqual(z, x)
  assert.equal(all.keyFor('z2', 'agent', 'z', later), z)
  assert.equal(all.keyFor('x2', 'agent', 'x', later), x)
})

test('without rollout or session, the opening tells conversations apart', () => {
  const all = keys()
  const found = ['t1', 't2', 't3'].map((opening) => all.keyFor(null, 'agent', opening, 0))
  assert.equal(new Set(found).size, 3)
  assert.equal(all.keyFor(null, 'agent', 't3', second), found[2])
})

test('a session that begins with a nameless first call stays where that call was', () => {
  const all = keys()
  all.keyFor(null, 'agent', 'x', 0)
  const nameless = all.keyFor(null, 'agent', 't', 0)
  assert.equal(all.keyFor('session', 'agent', 't', 5 * second), nameless)
  assert.equal(all.keyFor('session', 'agent', 't', 10 * second), nameless)
  assert.notEqual(all.keyFor(null, 'agent', 't', 11 * second), nameless, 'another conversation')
})

test('slow conversations share a key by the dozen, fast ones have one for themselves', () => {
  /** Keys of sixty conversations at the same time, once their pace is known. */
  const distinct = (turnMs: number): number => {
    const all = keys()
    const turns = (name: string, from: number): string[] =>
      Array.from({ length: 20 }, (_, index) => index * turnMs + from)
        .flatMap((at) => Array.from({ length: 60 }, (_, index) => [at + index, `${name}${index}`] as const))
        .map(([at, conversation]) => all.keyFor(conversation, 'agent', conversation, at))
    turns('early', 0)
    return new Set(turns('late', 60 * minute)).size
  }
  assert.ok([4, 5].includes(distinct(60 * second)), 'fifteen a minute')
  assert.ok([12, 15].includes(distinct(20 * second)), 'five or four to a key')
  assert.equal(distinct(5 * second), 60)
})

test('questions that are never gone on with share a key by the dozen', () => {
  const all = keys()
  const shards = (from: number): number =>
    new Set(
      Array.from({ length: 100 }, (_, index) =>
        all.keyFor(`${from} ${index}`, 'judge', `${from} ${index}`, from + index * second),
      ),
    ).size
  const before = shards(0)
  shards(5 * minute)
  const after = shards(10 * minute)
  // A hundred within 100 seconds need five keys at least.
  assert.ok(after <= 8 && after < before, `${before}, then ${after}`)
})

test('the same requests get the same keys; keys are short and say nothing of the rollout', () => {
  const requests = fc.array(
    fc.record({
      conversation: fc.option(fc.constantFrom('secret-1', 'secret-2', 'secret-3')),
      shared: fc.constantFrom('s1', 's2'),
      opening: fc.constantFrom('o1', 'o2'),
      wait: fc.nat(100_000),
    }),
  )
  fc.assert(
    fc.property(requests, fc.string({ maxLength: 100 }), (asked, prefix) => {
      const run = (): string[] => {
        const all = new CacheKeys({ prefix, perMinute: 15 })
        let now = 0
        return asked.map(({ conversation, shared, opening, wait }) => {
          now += wait
          return all.keyFor(conversation, shared, opening, now)
        })
      }
      const found = run()
      assert.deepEqual(run(), found)
      for (const key of found) assert.ok(key.length <= 64 && !/secret/.test(key.slice(-20)))
    }),
  )
})

test('a conversation that turns out too fast for its key moves once, and leaves the others where they are', () => {
  const all = keys()
  // One request each: from now on conversations are taken for questions, which share a key by the dozen.
  for (let index = 0; index < 300; index++) all.keyFor(`q${index}`, 'agent', `q${index}`, index * 2 * second)
  const start = 20 * minute
  const [slow, fast] = ['slow', 'fast'].map((name) => all.keyFor(name, 'agent', name, start))
  assert.equal(fast, slow)
  const asked = Array.from({ length: 60 }, (_, turn) => start + (turn + 1) * 3 * second).map((at, turn) => {
    if (turn % 20 === 0) assert.equal(all.keyFor('slow', 'agent', 'slow', at), slow)
    return all.keyFor('fast', 'agent', 'fast', at)
  })
  const moves = asked.filter((key, index) => key !== (asked[index - 1] ?? slow)).length
  assert.equal(moves, 1, 'twenty a minute are too many for a shared key; a key of its own it keeps')
})

test('in no minute is a key asked more often than a machine takes, unless by one conversation alone', () => {
  const arrivals = fc.array(
    fc.record({
      start: fc.nat(10 * minute),
      turnMs: fc.oneof(
        fc.integer({ min: second, max: 5 * second }),
        fc.integer({ min: 1, max: 90 * second }),
      ),
      turns: fc.integer({ min: 1, max: 30 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 20 }), (conversations, perMinute) => {
      const all = new CacheKeys({ prefix: 'policy', perMinute })
      const events = conversations
        .flatMap(({ start, turnMs, turns }, index) =>
          Array.from({ length: turns }, (_, turn) => ({ at: start + turn * turnMs, index })),
        )
        .sort((left, right) => left.at - right.at)
      const latest = new Map<string, { at: number; index: number }[]>()
      for (const event of events) {
        const key = all.keyFor(`c${event.index}`, 'agent', `t${event.index}`, event.at)
        const requests = (latest.get(key) ?? []).filter(({ at }) => event.at - at < minute)
        requests.push(event)
        latest.set(key, requests)
        const alone = requests.every(({ index }) => index === event.index)
        assert.ok(alone || requests.length <= perMinute, `${key}: ${requests.length} in a minute`)
      }
    }),
    { numRuns: 1000 },
  )
})
