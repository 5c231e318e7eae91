import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ManualClock } from '../../../lib/clock.ts'
import type { BillableRequest, PromptPiece } from '../../plugs.ts'
import { createBillingDesk } from '../billing-desk.ts'
import { billable, piece } from '../testing/billable.ts'

// A few pieces in many orders, so that prompts share beginnings.
const stock: readonly PromptPiece[] = [
  piece('tools', 700, { kind: 'tools', role: '' }),
  piece('system', 900, { role: 'system' }),
  piece('system-end', 333, { role: 'system', breakpoint: true }),
  piece('ask', 400),
  piece('answer', 77, { kind: 'output', role: 'assistant' }),
  piece('result', 1300, { role: 'tool' }),
  piece('format', 150, { kind: 'format', role: '' }),
]

const requests = fc.record({
  pieces: fc.array(fc.constantFrom(...stock), { minLength: 1, maxLength: 7 }),
  organization: fc.constantFrom('org-a', 'org-b'),
  model: fc.constantFrom('gpt-5.1', 'gpt-5.6-terra', 'gpt-6-luna', 'gpt-4'),
  serviceTier: fc.constantFrom('default', 'flex'),
  promptCacheKey: fc.constantFrom(null, 'k', 'l'),
  promptCacheOptions: fc.constantFrom(null, { mode: 'explicit' }, { ttl: '12h' }),
  waitMs: fc.constantFrom(0, 1000, 400_000, 3_000_000),
  finishes: fc.constantFrom('at once', 'later', 'failed'),
})

test('whatever is asked: the split adds up, and nothing is read that nobody wrote', () => {
  fc.assert(
    fc.property(fc.array(requests, { maxLength: 40 }), (asked) => {
      const clock = new ManualClock()
      const { biller } = createBillingDesk(clock)
      /** The prompts that have been read by a model, by what may share. */
      const read = new Map<string, string[][]>()
      for (const { waitMs, finishes, ...fields } of asked) {
        clock.advance(waitMs)
        const { pieces, ...others } = fields
        const request = billable(pieces, { ...others, servedModel: others.model, now: clock.now() })
        const price = biller.price(request)
        const { cachedTokens, cacheWriteTokens } = price
        assert.ok(cachedTokens >= 0 && cacheWriteTokens >= 0)
        assert.ok(cachedTokens + cacheWriteTokens <= request.inputTokens)
        const names = textsOf(request)
        const group = `${request.organization} ${request.servedModel} ${request.serviceTier}`
        const known = read.get(group) ?? []
        const shared = Math.max(0, ...known.map((other) => sharedTokens(names, other)))
        assert.ok(cachedTokens <= shared, `${cachedTokens} read, ${shared} ever written`)
        if (finishes === 'at once') {
          price.settle({
            ending: 'completed',
            outputTokens: 1,
            reasoningTokens: 0,
            webSearches: 0,
            now: clock.now(),
          })
          read.set(group, [...known, names])
        } else if (finishes === 'failed') {
          price.settle({
            ending: 'failed',
            outputTokens: 0,
            reasoningTokens: 0,
            webSearches: 0,
            now: clock.now(),
          })
        }
      }
    }),
    { numRuns: 150 },
  )
})

/** The prompt's texts in the order the model reads them, format first. */
function textsOf({ pieces }: BillableRequest): string[] {
  const isFormat = (one: PromptPiece): boolean => one.kind === 'format'
  return [...pieces.filter(isFormat), ...pieces.filter((one) => !isFormat(one))].map(({ text }) => text)
}

function sharedTokens(left: readonly string[], right: readonly string[]): number {
  let tokens = 0
  for (const [index, text] of left.entries()) {
    if (text !== right[index]) break
    tokens += stock.find((one) => one.text === text)?.tokens ?? 0
  }
  return tokens
}
