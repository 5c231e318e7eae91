import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../lib/clock.ts'
import { scenarioOf, type ScenarioInput } from '../../scenarios/schema.ts'
import { createQuotaTwin } from '../quota-twin.ts'
import { ask } from '../test-requests.ts'
import { outOfQuota, wording } from './rejection.ts'

/** Spends some tokens or requests and returns the refusal of the next request. */
function refusal(input: ScenarioInput, spent: { tokens?: number; requests?: number }, maxOutput: number) {
  const { limiter } = createQuotaTwin(scenarioOf(input), new ManualClock())
  if (spent.tokens) assert.ok(limiter.admit(ask({ maxOutput: spent.tokens })).allowed)
  for (let n = 0; n < (spent.requests ?? 0); n++) assert.ok(limiter.admit(ask({ maxOutput: 1 })).allowed)
  const answer = limiter.admit(ask({ maxOutput }))
  assert.ok(!answer.allowed)
  return answer
}

const visit = 'Visit https://platform.openai.com/account/rate-limits to learn more.'

test('token refusals read like the recorded ones, to the last figure', () => {
  const recorded: readonly [limit: number, used: number, requested: number, wait: string][] = [
    [500_000, 351_145, 149_984, '135ms'],
    [500_000, 413_809, 127_811, '4.994s'],
    [500_000, 443_074, 67_699, '1.292s'],
    [1_000_000, 923_902, 96_709, '1.236s'],
    [30_000, 29_937, 385, '644ms'],
    [30_000, 19_146, 13_930, '6.152s'],
    [10_000, 8554, 3082, '9.816s'],
  ]
  for (const [limit, used, requested, wait] of recorded) {
    const answer = refusal({ limits: { tpm: limit } }, { tokens: used }, requested)
    assert.equal(answer.status, 429)
    assert.deepEqual(answer.body, {
      error: {
        message:
          `Rate limit reached for gpt-6-sol in organization org-spotter on tokens per min (TPM): ` +
          `Limit ${limit}, Used ${used}, Requested ${requested}. Please try again in ${wait}. ${visit}`,
        type: 'tokens',
        param: null,
        code: 'rate_limit_exceeded',
      },
    })
  }
})

test('request refusals read like the recorded ones', () => {
  const recorded: readonly [limits: ScenarioInput['limits'], metric: string, wait: string][] = [
    [{ rpm: 3 }, 'requests per min (RPM): Limit 3, Used 3', '20s'],
    [{ rpm: 3000 }, 'requests per min (RPM): Limit 3000, Used 3000', '20ms'],
    [{ rpd: 200 }, 'requests per day (RPD): Limit 200, Used 200', '7m12s'],
    [{ rpd: 10_000 }, 'requests per day (RPD): Limit 10000, Used 10000', '8.64s'],
  ]
  for (const [limits, figures, wait] of recorded) {
    const answer = refusal({ limits }, { requests: Number(/Used (\d+)/.exec(figures)![1]) }, 1)
    assert.deepEqual(answer.body, {
      error: {
        message:
          `Rate limit reached for gpt-6-sol in organization org-spotter on ${figures}, Requested 1. ` +
          `Please try again in ${wait}. ${visit}`,
        type: 'requests',
        param: null,
        code: 'rate_limit_exceeded',
      },
    })
  }
})

test('tokens per day wait a day in all', () => {
  const { body } = refusal({ limits: { tpd: 86_400 } }, { tokens: 86_400 }, 3723)
  assert.match(
    JSON.stringify(body),
    /tokens per day \(TPD\): Limit 86400, Used 86400, Requested 3723\. Please try again in 1h2m3s\./,
  )
})

test('a request larger than the limit is told so, and for ever', () => {
  const clock = new ManualClock()
  const { limiter, account } = createQuotaTwin(scenarioOf({ limits: { tpm: 30_000 } }), clock)
  for (const wait of [0, 60_000, 3_600_000]) {
    clock.advance(wait)
    const answer = limiter.admit(ask({ maxOutput: 36_055, now: clock.now() }))
    assert.ok(!answer.allowed)
    assert.deepEqual(answer.body, {
      error: {
        message:
          'Request too large for gpt-6-sol in organization org-spotter on tokens per min (TPM): Limit 30000, Requested 36055. ' +
          `The input or output tokens must be reduced in order to run successfully. ${visit}`,
        type: 'tokens',
        param: null,
        code: 'rate_limit_exceeded',
      },
    })
    assert.equal(answer.headers['retry-after'], undefined)
  }
  assert.deepEqual(account().domains[0]!.refusals, { too_large: 3 })
})

test("a project's limit names the project", () => {
  const { body } = refusal({ limits: { tpm: 2_000_000, project_tpm: 60_000 } }, { tokens: 60_000 }, 1000)
  assert.match(
    JSON.stringify(body),
    /for gpt-6-sol in project proj_spotter organization org-spotter on tokens per min \(TPM\): Limit 60000, /,
  )
})

test('the old quota answer has its old words; every code has the type of the family', () => {
  assert.deepEqual(outOfQuota('insufficient_quota'), {
    status: 429,
    body: {
      error: {
        message:
          'You exceeded your current quota, please check your plan and billing details. For more information on this ' +
          'error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
        type: 'insufficient_quota',
        param: null,
        code: 'insufficient_quota',
      },
    },
  })
  assert.match(
    JSON.stringify(outOfQuota('project_spend_limit_exceeded').body),
    /"type":"insufficient_quota".*"code":"project_spend_limit_exceeded"/,
  )
})

test('a bare host says the status and no more', () => {
  assert.deepEqual(wording('bare')({ status: 429, body: 'anything' }), {
    status: 429,
    title: 'Too Many Requests',
  })
  assert.equal(
    JSON.stringify(refusal({ host: 'bare', limits: { rpm: 1 } }, { requests: 1 }, 1).body),
    '{"status":429,"title":"Too Many Requests"}',
  )
  assert.deepEqual(refusal({ host: 'bare', limits: { rpm: 1 } }, { requests: 1 }, 1).headers, {})
})
