import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Usage } from '../../src/call/outcome.ts'
import { priceOf } from '../../src/policy/price/price.ts'
import { standardPrices } from '../../src/policy/price/price-table.ts'
import { ManualClock } from '../../src/lib/clock.ts'
import { createBillingDesk } from '../../src/simulator/billing/billing-desk.ts'
import { billable, piece } from '../../src/simulator/billing/testing/billable.ts'
import { listedModels, listedPrices, requestCost } from '../../src/simulator/billing/price-list.ts'

const tiers = ['default', 'flex', 'priority', 'ultrafast', 'batch', 'scale'] as const
const now = Date.UTC(2026, 10, 22, 12)

/** Tokens as an answer reports them, in every relation to each other and to the line where a request is long. */
const usages: fc.Arbitrary<Usage> = fc
  .record({
    uncached: fc.nat(300_000),
    cached: fc.oneof(fc.constant(0), fc.nat(300_000)),
    written30m: fc.oneof(fc.constant(0), fc.nat(100_000)),
    written12h: fc.oneof(fc.constant(0), fc.nat(100_000)),
    output: fc.nat(128_000),
  })
  .map(({ uncached, cached, written30m, written12h, output }) => ({
    input: uncached + cached + written30m + written12h,
    cachedInput: cached,
    cacheWrite: written30m + written12h,
    cacheWrite12h: written12h,
    output,
    reasoning: 0,
  }))

test('the ledger’s price and the simulator’s bill agree for every model, tier and cache state', () => {
  fc.assert(
    fc.property(
      usages,
      fc.constantFrom(...listedModels()),
      fc.constantFrom(...tiers),
      (usage, model, tier) => {
        const line = listedPrices(model)
        assert.ok(line)
        // A model without a cache reads and writes nothing; before the breakpoints nothing is written either.
        const reads = line.cache === 'none' ? { ...usage, cachedInput: 0 } : usage
        const possible = line.cache === 'breakpoints' ? reads : { ...reads, cacheWrite: 0, cacheWrite12h: 0 }
        assert.equal(ledgerPrice(model, tier, possible, now), billed(model, tier, possible, now))
      },
    ),
    { numRuns: 3000 },
  )
})

test('the sum over the usages of the simulator’s answers is its bill, whatever was cached', () => {
  const stock = [piece('system', 1500, { role: 'system', breakpoint: true }), piece('a', 700), piece('b', 40)]
  const requests = fc.record({
    pieces: fc.array(fc.constantFrom(...stock), { minLength: 1, maxLength: 5 }),
    model: fc.constantFrom(...listedModels()),
    serviceTier: fc.constantFrom('default', 'flex', 'priority', 'ultrafast'),
    promptCacheOptions: fc.constantFrom(null, { ttl: '12h' }, { mode: 'explicit' }),
    output: fc.nat(5000),
  })
  fc.assert(
    fc.property(fc.array(requests, { maxLength: 30 }), fc.nat(1_000_000), (asked, waitMs) => {
      const clock = new ManualClock(now)
      const desk = createBillingDesk(clock)
      let sum = 0
      for (const { pieces, output, ...fields } of asked) {
        clock.advance(waitMs)
        const request = billable(pieces, { ...fields, now: clock.now(), wall: clock.wall() })
        const price = desk.biller.price(request)
        price.settle({
          ending: 'completed',
          outputTokens: output,
          reasoningTokens: 0,
          webSearches: 0,
          now: clock.now(),
        })
        const usage = {
          input: request.inputTokens,
          cachedInput: price.cachedTokens,
          cacheWrite: price.cacheWriteTokens,
          cacheWrite12h: price.cacheWriteDetails?.ttl_12h_tokens ?? 0,
          output,
          reasoning: 0,
        }
        sum += ledgerPrice(request.servedModel, request.serviceTier, usage, clock.wall()) ?? 0
      }
      assert.equal(sum, desk.totals.microDollars)
    }),
    { numRuns: 200 },
  )
})

test('they agree on either side of the line where a request becomes long', () => {
  for (const model of listedModels()) {
    for (const tier of tiers) {
      for (const input of [271_999, 272_000, 272_001]) {
        const usage = { input, cachedInput: 0, cacheWrite: 0, cacheWrite12h: 0, output: 1000, reasoning: 0 }
        assert.equal(
          ledgerPrice(model, tier, usage, now),
          billed(model, tier, usage, now),
          `${model} ${tier} ${input}`,
        )
      }
    }
  }
})

test('they agree on prices of other days', () => {
  const days = ['2025-05-01', '2026-07-10', '2026-08-01', '2026-08-21', '2026-11-21', '2027-03-01']
  for (const model of listedModels()) {
    for (const day of days) {
      const usage = {
        input: 1e6,
        cachedInput: 1e5,
        cacheWrite: 0,
        cacheWrite12h: 0,
        output: 1e5,
        reasoning: 0,
      }
      const at = Date.parse(day)
      const possible = listedPrices(model)?.cache === 'none' ? { ...usage, cachedInput: 0 } : usage
      assert.equal(
        ledgerPrice(model, 'default', possible, at),
        billed(model, 'default', possible, at),
        `${model} ${day}`,
      )
    }
  }
})

test('every name a model goes by has the same price in both', () => {
  for (const model of standardPrices.data.models) {
    for (const name of [model.id, ...model.aliases, ...model.snapshots]) {
      assert.equal(listedPrices(name)?.id, standardPrices.find(name)?.id, name)
    }
  }
})

function ledgerPrice(model: string, serviceTier: string, usage: Usage, at: number): number | null {
  const price = priceOf({ model, serviceTier, usage, at }, standardPrices)
  return 'unknown' in price ? null : price.microDollars
}

function billed(model: string, tier: string, usage: Usage, at: number): number | null {
  const { input, cachedInput: cached, cacheWrite, cacheWrite12h: written12h, output } = usage
  const tokens = {
    uncached: input - cached - cacheWrite,
    cached,
    written30m: cacheWrite - written12h,
    written12h,
    output,
  }
  const line = listedPrices(model)
  return line === undefined ? null : requestCost(line, tier, tokens, at)
}
