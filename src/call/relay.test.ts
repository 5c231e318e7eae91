import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from '../lib/clock.ts'
import { TimerWheel } from '../lib/timer-wheel.ts'
import { Relay } from './relay.ts'
import type { Reply, ReplyHeaders } from './reply.ts'

const HEARTBEAT = ': keep-alive\n\n'
/** What Spotter is configured to without further ado. */
const settings = { headerWaitMs: 10_000, commentIntervalMs: 15_000 }
/** A tick of the wheel, and rounding. */
const LATE_MS = 100

/** A client that notes when it heard something, and what. */
class Listener implements Reply {
  readonly #clock: ManualClock
  onDrain: (() => void) | null = null
  headSent = false
  flushed = false
  text = ''
  longestSilence = 0
  #heardAt = 0

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  head(_status: number, _headers: ReplyHeaders): void {
    this.headSent = true
  }

  flush(): void {
    this.flushed = true
    this.#hear()
  }

  write(bytes: Buffer | string): boolean {
    this.text += bytes.toString()
    this.#hear()
    return true
  }

  end(bytes: Buffer | string = ''): void {
    this.write(bytes)
  }

  send(_status: number, _headers: ReplyHeaders, body: Buffer | string): void {
    this.write(body)
  }

  #hear(): void {
    this.longestSilence = Math.max(this.longestSilence, this.#clock.now() - this.#heardAt)
    this.#heardAt = this.#clock.now()
  }
}

function start(t: TestContext, stream = true, commentIntervalMs = settings.commentIntervalMs) {
  const clock = new ManualClock()
  t.mock.method(performance, 'now', () => clock.now())
  const listener = new Listener(clock)
  return {
    clock,
    listener,
    relay: new Relay(listener, { ...settings, commentIntervalMs }, new TimerWheel(clock), stream, HEARTBEAT),
  }
}

describe('a stream whose upstream is silent', () => {
  it('never lets its client wait two minutes for a byte, as OpenClaw would not', (t) => {
    const minutes = fc.integer({ min: 0, max: 20 * 60_000 })
    fc.assert(
      fc.property(minutes, fc.array(fc.tuple(fc.boolean(), minutes), { maxLength: 4 }), (first, rest) => {
        const { clock, listener, relay } = start(t)
        clock.advance(first)
        for (const [isEvent, silence] of rest) {
          if (isEvent) {
            relay.startStream({})
            relay.write('data: {}\n\n')
          }
          clock.advance(silence)
        }
        relay.end('data: [DONE]\n\n')
        assert.ok(
          listener.longestSilence <= settings.commentIntervalMs + LATE_MS,
          `${listener.longestSilence}`,
        )
        t.mock.reset()
      }),
      { numRuns: 30 },
    )
  })

  it('gets its headers in time, and says nothing more than that it lives', (t) => {
    const { clock, listener } = start(t)
    clock.advance(settings.headerWaitMs - 1)
    assert.equal(listener.headSent, false)
    clock.advance(LATE_MS)
    assert.equal(listener.headSent, true)
    clock.advance(60_000)
    assert.equal(listener.text, HEARTBEAT.repeat(5))
  })

  it('gets its headers alone where there are to be no heartbeats', (t) => {
    const { clock, listener } = start(t, true, 0)
    clock.advance(settings.headerWaitMs + LATE_MS)
    assert.equal(listener.headSent, true)
    assert.equal(listener.flushed, true)
    clock.advance(60_000)
    assert.equal(listener.text, '')
  })

  it('keeps quiet while events come, and inside an event', (t) => {
    const { clock, listener, relay } = start(t)
    relay.startStream({})
    for (let count = 0; count < 20; count++) {
      relay.write('data: {}\n\n')
      clock.advance(5000)
    }
    assert.equal(listener.text.includes(HEARTBEAT), false)
    relay.write('data: {"begun":')
    clock.advance(60_000)
    assert.equal(listener.text.includes(HEARTBEAT), false)
  })

  it('is not begun for a client that wants one object, nor kept alive when all is said', (t) => {
    const unary = start(t, false)
    unary.clock.advance(600_000)
    assert.equal(unary.listener.headSent, false)
    t.mock.reset()
    const { clock, listener, relay } = start(t)
    relay.end('data: [DONE]\n\n')
    clock.advance(600_000)
    assert.equal(listener.text, 'data: [DONE]\n\n')
  })
})
