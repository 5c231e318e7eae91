import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../lib/clock.ts'
import type { BillableRequest, Price, PromptPiece } from '../../plugs.ts'
import { createBillingDesk } from '../billing-desk.ts'
import { billable, piece } from '../testing/billable.ts'

const minute = 60_000

function desk() {
  const clock = new ManualClock()
  const { biller } = createBillingDesk(clock)
  const price = (pieces: readonly PromptPiece[], changes: Partial<BillableRequest> = {}): Price =>
    biller.price(billable(pieces, { model: 'gpt-5.6-terra', now: clock.now(), ...changes }))
  const run = (
    pieces: readonly PromptPiece[],
    changes: Partial<BillableRequest> = {},
  ): [cached: number, written: number] => {
    const found = price(pieces, changes)
    found.settle({
      ending: 'completed',
      outputTokens: 1,
      reasoningTokens: 0,
      webSearches: 0,
      now: clock.now(),
    })
    return [found.cachedTokens, found.cacheWriteTokens]
  }
  return { clock, price, run }
}

const system = piece('system', 2003, { role: 'system' })
const marked: PromptPiece = { ...system, breakpoint: true }
const explicit = { promptCacheOptions: { mode: 'explicit' } }
const answer = (name: string): PromptPiece => piece(name, 50, { kind: 'output', role: 'assistant' })

test('a growing conversation reads what its last turn wrote, to the token', () => {
  const { run } = desk()
  const first = [system, piece('ask', 500)]
  assert.deepEqual(run(first), [0, 2503])
  const second = [...first, answer('a1'), piece('result', 301, { role: 'tool' })]
  assert.deepEqual(run(second), [2503, 351])
  assert.deepEqual(run([...second, answer('a2'), piece('more', 9, { role: 'tool' })]), [2854, 59])
})

test('another last message reads nothing, unless the shared part ends in a breakpoint', () => {
  const { run } = desk()
  run([system, piece('a', 500)])
  assert.deepEqual(run([system, piece('b', 500)]), [0, 2503])
  assert.deepEqual(run([marked, piece('c', 500)]), [0, 2503])
  assert.deepEqual(run([marked, piece('d', 500)]), [2003, 500])
  assert.deepEqual(run([marked, piece('e', 500)], explicit), [2003, 0])
})

test('explicit without breakpoints neither reads nor writes', () => {
  const { run } = desk()
  const prompt = [system, piece('a', 500)]
  assert.deepEqual(run(prompt, explicit), [0, 0])
  assert.deepEqual(run(prompt), [0, 2503])
  assert.deepEqual(run(prompt, explicit), [0, 0])
})

test('a prompt that is repeated word for word is read whole', () => {
  const { run } = desk()
  const prompt = [system, piece('a', 500)]
  assert.deepEqual(
    [run(prompt), run(prompt)],
    [
      [0, 2503],
      [2503, 0],
    ],
  )
})

test('a burst writes once for each request', () => {
  const { price } = desk()
  const prompt = [system, piece('a', 500)]
  const [first, second] = [price(prompt), price(prompt)]
  assert.deepEqual([first.cacheWriteTokens, second.cacheWriteTokens], [2503, 2503])
  first.promptRead?.(0)
  assert.deepEqual([price(prompt).cachedTokens, price(prompt).cacheWriteTokens], [2503, 0])
})

test('short prompts are not written, and boundaries below 1,024 tokens neither', () => {
  const { run } = desk()
  assert.deepEqual(run([piece('short', 1023)]), [0, 0])
  const head = piece('head', 600, { role: 'system', breakpoint: true })
  assert.deepEqual(run([head, piece('a', 500)]), [0, 1100])
  assert.deepEqual(run([head, piece('b', 500)]), [0, 1100])
})

test('the latest four breakpoints are written, with the implicit one three', () => {
  const { run } = desk()
  const parts = ['p', 'q', 'r', 's', 't'].map((name) =>
    piece(name, 1100, { role: 'system', breakpoint: true }),
  )
  run([...parts, piece('end', 10)], explicit)
  assert.deepEqual(run(parts.slice(0, 1), explicit), [0, 1100], 'the first of five was not kept')
  assert.deepEqual(run(parts.slice(0, 2), explicit), [2200, 0])
  const others = ['v', 'w', 'x', 'y'].map((name) => piece(name, 1100, { role: 'system', breakpoint: true }))
  run([...others, piece('end', 10)])
  assert.deepEqual(run(others.slice(0, 1), explicit), [0, 1100])
  assert.deepEqual(run(others.slice(0, 2), explicit), [2200, 0])
})

test('entries live thirty minutes after their last use, or twelve hours', () => {
  const { clock, run, price } = desk()
  const prompt = [system, piece('a', 500)]
  run(prompt)
  clock.advance(30 * minute)
  assert.deepEqual(run(prompt), [2503, 0])
  clock.advance(30 * minute + 1)
  const long = { promptCacheOptions: { ttl: '12h' } }
  assert.deepEqual(price(prompt, long).cacheWriteDetails, { ttl_30m_tokens: 0, ttl_12h_tokens: 2503 })
  run(prompt, long)
  clock.advance(12 * 60 * minute)
  assert.deepEqual(run(prompt), [2503, 0])
})

test('diagnostics say what kept a request from reading', () => {
  const { run, price } = desk()
  const tools = piece('tools', 300, { kind: 'tools', role: '' })
  const prompt = [tools, system, piece('a', 500)]
  run(prompt, { id: 'resp_before', promptCacheKey: 'k' })
  const ask = (pieces: readonly PromptPiece[], changes: Partial<BillableRequest> = {}): unknown => {
    const promptCacheOptions = { comparison_response_id: 'resp_before' }
    const { diagnostics } = price(pieces, { promptCacheKey: 'k', promptCacheOptions, ...changes })
    return (diagnostics as { reason?: string }).reason ?? diagnostics
  }
  assert.deepEqual(ask(prompt), { type: 'cache_hit' })
  assert.equal(ask(prompt, { promptCacheKey: 'other' }), 'prompt_cache_key_changed')
  assert.equal(ask([piece('t2', 300, { kind: 'tools', role: '' }), system]), 'tools_changed')
  assert.equal(ask(prompt, { serviceTier: 'flex' }), 'service_tier_changed')
  assert.equal(ask(prompt, { cacheSettings: { effort: 'high' } }), 'reasoning_effort_changed')
  assert.equal(ask([tools, system, piece('b', 500)]), 'input_changed')
  assert.deepEqual(ask(prompt, { organization: 'org-b' }), { type: 'comparison_response_not_found' })
  assert.equal(price(prompt).diagnostics, undefined)
})
