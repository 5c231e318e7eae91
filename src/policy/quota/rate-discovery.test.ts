import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RateDiscovery } from './rate-discovery.ts'

type Host = (now: number) => boolean

function bucket(capacity: number, perMinute: number): Host {
  let level = capacity
  let at = 0
  return (now) => {
    level = Math.min(capacity, level + ((now - at) * perMinute) / 60_000)
    at = now
    if (level < 1) return false
    level -= 1
    return true
  }
}

function windowed(perMinute: number, offset = 0): Host {
  let window = -1
  let used = 0
  return (now) => {
    const current = Math.floor((now + offset) / 60_000)
    if (current !== window) used = 0
    window = current
    used += 1
    return used <= perMinute
  }
}

const SIZE = 1000

/** Sends as much as discovery lets through, one request at a time, answered within 50 ms; at most twenty a second. */
function drive(host: Host, minutes: number, discovery = new RateDiscovery()) {
  let sequence = 0
  let accepted = 0
  let refused = 0
  for (let now = 0; now < minutes * 60_000; now += 50) {
    discovery.advance(now)
    if (discovery.waitMs(now) > 0) continue
    if (discovery.turnInMs() > 0) {
      discovery.wanted(50)
      continue
    }
    discovery.dispatched(SIZE, now)
    if (host(now)) {
      accepted += 1
      discovery.accepted(sequence, now)
    } else {
      refused += 1
      discovery.refused(sequence, sequence, SIZE, now, null)
    }
    discovery.ended(sequence, now)
    sequence += 1
  }
  return { accepted, refused, discovery }
}

describe('a host that refuses without a word', () => {
  const hosts: Record<string, [Host, number]> = {
    'a bucket of 40 per minute': [bucket(40, 40), 40],
    '40 in every minute': [windowed(40), 40],
    '40 in every minute of the clock': [windowed(40, 37_000), 40],
    'a bucket of 300 per minute': [bucket(300, 300), 300],
  }
  for (const [name, [host, perMinute]] of Object.entries(hosts)) {
    test(`${name}: found out and used to 90 %, at most 3 % refused`, () => {
      const { accepted, refused } = drive(host, 15)
      assert.ok(accepted >= 0.9 * 15 * perMinute, `${accepted} accepted`)
      assert.ok(refused <= 0.03 * accepted, `${refused} of ${accepted} refused`)
    })
  }

  test('a limit that is raised is noticed', () => {
    const small = bucket(60, 60)
    const large = bucket(60, 120)
    const { accepted } = drive((now) => (now < 300_000 ? small(now) : large(now)), 30)
    const available = 5 * 60 + 25 * 120
    assert.ok(accepted > 0.8 * available, `${accepted} of ${available}`)
  })

  test('one probe at a time, rarer and rarer, while it refuses everything', () => {
    const { refused } = drive(() => false, 60)
    assert.ok(refused < 150, `${refused} in an hour`)
  })

  test('retry-after is obeyed', () => {
    const discovery = new RateDiscovery()
    discovery.dispatched(SIZE, 0)
    assert.equal(discovery.refused(0, 0, SIZE, 0, 20_000), true)
    assert.equal(discovery.waitMs(0), 20_000)
    assert.equal(discovery.waitMs(20_000), 0)
  })

  test('refusals of what was under way belong to the first one', () => {
    const discovery = new RateDiscovery()
    for (let sequence = 0; sequence < 10; sequence++) discovery.dispatched(SIZE, 0)
    assert.equal(discovery.refused(3, 9, SIZE, 100, null), true)
    const wait = discovery.waitMs(100)
    for (const sequence of [4, 5, 6, 7, 8, 9])
      assert.equal(discovery.refused(sequence, 9, SIZE, 120, null), false)
    assert.equal(discovery.waitMs(100), wait)
  })

  test('a probe that nobody judged is sent again', () => {
    const discovery = new RateDiscovery()
    discovery.dispatched(SIZE, 0)
    discovery.refused(0, 0, SIZE, 0, null)
    discovery.dispatched(SIZE, 2000)
    assert.ok(discovery.waitMs(2000) > 0, 'one probe at a time')
    discovery.forgotten(SIZE, 2500)
    discovery.ended(1, 2500)
    assert.ok(discovery.blocked)
    assert.ok(discovery.waitMs(2500) > 0 && discovery.waitMs(2500) < 60_000)
  })

  test('a probe whose answer takes minutes has been let in when it is not refused', () => {
    const discovery = new RateDiscovery()
    discovery.dispatched(SIZE, 0)
    discovery.refused(0, 0, SIZE, 0, null)
    discovery.dispatched(SIZE, 2000)
    const verdict = 2000 + discovery.waitMs(2000)
    discovery.advance(verdict - 1)
    assert.equal(discovery.blocked, true)
    discovery.advance(verdict)
    assert.equal(discovery.blocked, false)
    assert.ok(verdict < 5000)
    // A refusal that comes all the same begins a new pause.
    assert.equal(discovery.refused(1, 1, SIZE, verdict + 500, null), true)
  })

  test('an outage of hours at the start says nothing of a rate', () => {
    const { discovery } = drive((now) => now > 4 * 3_600_000, 4 * 60 + 10)
    assert.equal(discovery.blocked, false)
    assert.equal(discovery.ceiling, Infinity)
  })

  test('a large request waits for as long as a small one and makes the next wait longer', () => {
    const { discovery } = drive(bucket(300, 300), 5)
    let now = 5 * 60_000
    const turnAfter = (tokens: number): number => {
      now += discovery.turnInMs()
      discovery.advance(now)
      discovery.dispatched(tokens, now)
      return discovery.turnInMs()
    }
    assert.ok(turnAfter(5 * SIZE) > 2 * turnAfter(SIZE))
  })
})
