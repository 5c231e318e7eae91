import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FinishedRequest } from '../../plugs.ts'
import { scenarioOf, type ScenarioInput } from '../../scenarios/schema.ts'
import { ask } from '../test-requests.ts'
import { charged, refund } from './charge.ts'

function rule(charge: ScenarioInput['charge']) {
  return scenarioOf({ charge }).charge
}

const request = ask({ maxOutput: 500, choices: 3, characters: 4001, inputTokens: 900 })

test('the charge is the larger of the whole output and a quarter of the characters, unless told otherwise', () => {
  assert.equal(charged(rule({}), request), 1500)
  assert.equal(charged(rule({}), { ...request, choices: 1 }), 1001)
  assert.equal(charged(rule({ times_choices: false }), request), 1001)
  assert.equal(charged(rule({ rule: 'sum' }), request), 2501)
  assert.equal(charged(rule({ characters_per_token: 2 }), request), 2001)
  assert.equal(charged(rule({ unstated_output: 2000 }), ask({ maxOutput: 0, characters: 8 })), 2000)
  assert.equal(charged(rule({}), ask({ maxOutput: 0, characters: 8 })), 2)
})

function done(changes: Partial<FinishedRequest>): FinishedRequest {
  return { request, ending: 'completed', inputTokens: 900, outputTokens: 100, now: 1, ...changes }
}

test('nothing is given back unless the scenario says so', () => {
  assert.equal(refund(rule({}), done({ cachedTokens: 800 })), 0)
  assert.equal(refund(rule({}), done({ ending: 'failed' })), 0)
  assert.equal(refund(rule({ failed_attempts: 'free' }), done({ ending: 'failed' })), 1500)
  assert.equal(refund(rule({ failed_attempts: 'free' }), done({ ending: 'cancelled' })), 0)
  assert.equal(refund(rule({ refund_unused: true }), done({})), 500)
  assert.equal(refund(rule({ cached_tokens: 'exclude', rule: 'sum' }), done({ cachedTokens: 800 })), 800)
  assert.equal(
    refund(rule({ cached_tokens: 'exclude' }), done({ cachedTokens: 800 })),
    0,
    'the output decided the charge',
  )
  assert.equal(
    refund(rule({ cached_tokens: 'exclude', refund_unused: true }), done({ cachedTokens: 800 })),
    1300,
  )
})

test('a refund is never negative nor larger than the charge', () => {
  const tokens = fc.nat(5000)
  fc.assert(
    fc.property(
      fc.record({
        rule: fc.constantFrom('max', 'sum'),
        refund_unused: fc.boolean(),
        cached_tokens: fc.constantFrom('count', 'exclude'),
      }),
      fc.record({ maxOutput: tokens, choices: fc.integer({ min: 1, max: 4 }), characters: tokens }),
      fc.record({ inputTokens: tokens, cachedShare: fc.integer({ min: 0, max: 4 }), outputTokens: tokens }),
      (charge, sizes, { inputTokens, cachedShare, outputTokens }) => {
        const asked = ask(sizes)
        const cachedTokens = Math.floor((inputTokens * cachedShare) / 4)
        const back = refund(
          rule(charge as ScenarioInput['charge']),
          done({ request: asked, inputTokens, cachedTokens, outputTokens }),
        )
        assert.ok(back >= 0 && back <= charged(rule(charge as ScenarioInput['charge']), asked))
      },
    ),
  )
})
