import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../lib/clock.ts'
import type { BillableRequest, Price } from '../../plugs.ts'
import { createBillingDesk } from '../billing-desk.ts'
import { billable, piece } from '../testing/billable.ts'

const minute = 60_000
const done = { ending: 'completed', outputTokens: 1, reasoningTokens: 0, webSearches: 0 } as const

function desk(options = {}) {
  const clock = new ManualClock()
  const { biller } = createBillingDesk(clock, options)
  const price = (request: BillableRequest): Price => biller.price({ ...request, now: clock.now() })
  /** Prices and finishes at once; the cached tokens. */
  const run = (request: BillableRequest): number => {
    const found = price(request)
    found.settle({ ...done, now: clock.now() })
    assert.equal(found.cacheWriteTokens, 0)
    assert.equal(found.cacheWriteDetails, undefined)
    return found.cachedTokens
  }
  return { clock, price, run }
}

const shared = piece('shared', 2000, { role: 'system' })

test('a prompt is read in steps of 128 tokens, from 1,024 on, and never whole', () => {
  const { run } = desk()
  assert.equal(run(billable([piece('short', 1023)])), 0)
  assert.equal(run(billable([piece('short', 1023)])), 0)
  assert.equal(run(billable([piece('least', 1025)])), 0)
  assert.equal(run(billable([piece('least', 1025)])), 1024)
  assert.equal(run(billable([shared, piece('a', 500)])), 0)
  assert.equal(run(billable([shared, piece('b', 500)])), 1920)
  assert.equal(run(billable([shared, piece('a', 500)])), 2432)
  // 2,048 tokens are sixteen steps, but the last token has to be read.
  const exact = billable([piece('exact', 2048)])
  assert.deepEqual([run(exact), run(exact)], [0, 1920])
})

test('fewer than 1,024 shared tokens are no hit', () => {
  const { run } = desk()
  const start = piece('start', 1000)
  run(billable([start, piece('a', 1000)]))
  assert.equal(run(billable([start, piece('b', 1000)])), 0)
})

test('nothing can be read before the first token of the request that writes it', () => {
  const { price, run } = desk()
  const request = billable([shared])
  const first = price(request)
  assert.equal(price(request).cachedTokens, 0, 'a burst misses')
  first.promptRead?.(0)
  assert.equal(price(request).cachedTokens, 1920)
  const other = billable([piece('other', 2000)])
  price(other).settle({ ...done, ending: 'failed', now: 0 })
  assert.equal(run(other), 0, 'a failed request leaves nothing')
})

test('organisations, models, tiers and settings do not share', () => {
  const { run } = desk()
  const pieces = [shared]
  run(billable(pieces))
  const others: Partial<BillableRequest>[] = [
    { organization: 'org-b' },
    { model: 'gpt-5.2', servedModel: 'gpt-5.2' },
    { serviceTier: 'flex' },
    { cacheSettings: { effort: 'high' } },
  ]
  for (const other of others) assert.equal(run(billable(pieces, other)), 0, JSON.stringify(other))
  const format = piece('schema', 100, { kind: 'format', role: '' })
  assert.equal(run(billable([...pieces, format])), 0, 'a response format stands first')
  assert.equal(run(billable(pieces)), 1920)
})

test('an unused prompt is forgotten after some minutes, a day with 24h', () => {
  const { clock, run } = desk()
  const request = billable([shared])
  run(request)
  clock.advance(5 * minute)
  assert.equal(run(request), 1920)
  clock.advance(5 * minute + 1)
  assert.equal(run(request), 0)
  const long = billable([piece('long', 2000)], { promptCacheRetention: '24h' })
  run(long)
  clock.advance(23 * 60 * minute)
  assert.equal(run(long), 1920)
  const always = billable([piece('always', 2000)], { model: 'gpt-5.5', servedModel: 'gpt-5.5-2026-04-23' })
  run(always)
  clock.advance(60 * minute)
  assert.equal(run(always), 1920)
})

test('more than 15 requests a minute of one prefix and key overflow to another machine', () => {
  const { clock, run } = desk()
  const cached = (key: string | null): number =>
    run(billable([shared, piece('a', 100)], { promptCacheKey: key }))
  assert.deepEqual(
    Array.from({ length: 16 }, () => cached('k')),
    [0, ...Array.from({ length: 14 }, () => 2048), 0],
  )
  assert.equal(cached('k'), 2048)
  assert.equal(cached('other'), 0)
  clock.advance(minute)
  assert.equal(cached('k'), 2048, 'a minute later the first machine takes them again')
})

test('only the first 256 tokens decide about the machine', () => {
  const { run } = desk()
  const head = piece('head', 256, { role: 'system' })
  for (let index = 0; index < 15; index++) run(billable([head, piece(`tail${index}`, 1000)]))
  run(billable([head, piece('last', 1000)]))
  assert.equal(run(billable([head, piece('last', 1000)])), 1152)
  // The sixteenth went to the second machine, which does not know what the first one knows.
  assert.equal(run(billable([head, piece('tail3', 1000)])), 0)
})

test('models without a cache and models without a price cache nothing', () => {
  const { run } = desk()
  for (const model of ['gpt-4', 'gpt-unheard-of']) {
    const request = billable([shared], { model, servedModel: model })
    assert.deepEqual([run(request), run(request)], [0, 0])
  }
})
