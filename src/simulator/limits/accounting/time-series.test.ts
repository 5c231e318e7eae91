import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TimeSeries } from './time-series.ts'

test('every request is in the bin of its moment, and sums survive merging', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pause: fc.nat(40_000), tokens: fc.nat(1000), admitted: fc.boolean() }), {
        maxLength: 60,
      }),
      (requests) => {
        const series = new TimeSeries(10)
        let at = 0
        const log = requests.map(({ pause, tokens, admitted }) => {
          at += pause
          series.add(at, tokens, admitted)
          return { at, tokens, admitted }
        })
        const { binMs, sentRequests, sentTokens, admittedRequests, admittedTokens } = series.read(at)
        assert.ok(sentRequests.length <= 3600)
        assert.equal(sentRequests.length, Math.floor(at / binMs) + 1)
        for (let bin = 0; bin < sentRequests.length; bin++) {
          const here = log.filter((entry) => Math.floor(entry.at / binMs) === bin)
          const ok = here.filter((entry) => entry.admitted)
          const tokens = (entries: typeof log): number =>
            entries.reduce((sum, entry) => sum + entry.tokens, 0)
          if (here.length === 0 && sentRequests[bin] === 0) continue
          assert.equal(sentRequests[bin], here.length)
          assert.equal(sentTokens[bin], tokens(here))
          assert.equal(admittedRequests[bin], ok.length)
          assert.equal(admittedTokens[bin], tokens(ok))
        }
      },
    ),
    { numRuns: 50 },
  )
})
