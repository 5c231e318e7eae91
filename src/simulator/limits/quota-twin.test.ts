import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../lib/clock.ts'
import type { AdmissionRequest } from '../plugs.ts'
import { scenarioOf, type ScenarioInput } from '../scenarios/schema.ts'
import { createQuotaTwin } from './quota-twin.ts'
import { ask } from './test-requests.ts'

function twin(input: ScenarioInput) {
  const clock = new ManualClock()
  const { limiter, account } = createQuotaTwin(scenarioOf(input), clock)
  const send = (changes: Partial<AdmissionRequest> = {}) =>
    limiter.admit(ask({ now: clock.now(), ...changes }))
  /** What came of it: `ok`, or the error's code. */
  const result = (changes: Partial<AdmissionRequest> = {}): string => {
    const answer = send(changes)
    return answer.allowed ? 'ok' : (answer.body as { error: { code: string } }).error.code
  }
  return { clock, limiter, account, send, result }
}

test('without limits everything passes and nothing is said', () => {
  const { send } = twin({})
  assert.deepEqual(send({ maxOutput: 1e9 }), { allowed: true, headers: {} })
})

test('both families of headers tell what remains after the request', () => {
  const { send } = twin({ limits: { rpm: 500, tpm: 150_000, project_tpm: 60_000 } })
  assert.deepEqual(send({ maxOutput: 3000 }).headers, {
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-remaining-requests': '499',
    'x-ratelimit-reset-requests': '120ms',
    'x-ratelimit-limit-tokens': '150000',
    'x-ratelimit-remaining-tokens': '147000',
    'x-ratelimit-reset-tokens': '1.2s',
    'x-ratelimit-limit-project-tokens': '60000',
    'x-ratelimit-remaining-project-tokens': '57000',
    'x-ratelimit-reset-project-tokens': '3s',
  })
  assert.equal(
    twin({ limits: { rpm: 500, rpd: 10_000 } }).send().headers['x-ratelimit-reset-requests'],
    '8.64s',
  )
})

test('headers can be absent, meaningless, late, only on some answers, or say how long to wait', () => {
  const limits = { rpm: 1, tpm: 1000 }
  const seen = (headers: ScenarioInput['headers']) => {
    const { send } = twin({ limits, headers })
    return [send(), send()].map((answer) => ({ ...answer.headers }))
  }
  assert.deepEqual(seen({ form: 'none', retry_after: 'none' }), [{}, {}])
  assert.deepEqual(seen({ form: 'none' }), [{}, { 'retry-after': '60' }])
  assert.deepEqual(seen({ form: 'none', retry_after: 'fraction', retry_after_ms: true })[1], {
    'retry-after': '60',
    'retry-after-ms': '60000',
  })
  assert.deepEqual(seen({ form: 'minus-one', retry_after: 'none' })[0], {
    'x-ratelimit-limit-requests': '-1',
    'x-ratelimit-remaining-requests': '-1',
    'x-ratelimit-reset-requests': '0',
    'x-ratelimit-limit-tokens': '-1',
    'x-ratelimit-remaining-tokens': '-1',
    'x-ratelimit-reset-tokens': '0',
  })
  const carries = (headers: ScenarioInput['headers']) =>
    seen(headers).map((fields) => 'x-ratelimit-limit-tokens' in fields)
  assert.deepEqual(carries({}), [true, true])
  assert.deepEqual(carries({ carried_by: 'successes' }), [true, false])
  assert.deepEqual(carries({ carried_by: 'rejections' }), [false, true])

  const { send } = twin({ limits: { rpm: 100_000 }, headers: { share: 0.3 } })
  const carried = Array.from({ length: 2000 }, () => send()).filter(
    (answer) => 'x-ratelimit-limit-requests' in answer.headers,
  ).length
  assert.ok(carried > 500 && carried < 700, `${carried} of 2000`)

  const late = twin({ limits, headers: { late: true } }).send()
  assert.ok(late.allowed && late.lateHeaders)
  assert.equal(late.headers['x-ratelimit-remaining-tokens'], '900')
})

test('organisations and models have quotas of their own, projects share that of their organisation', () => {
  const { result } = twin({ limits: { rpm: 1 } })
  assert.equal(result(), 'ok')
  assert.equal(result({ project: 'proj_other' }), 'rate_limit_exceeded')
  assert.equal(result({ organization: 'org-other' }), 'ok')
  assert.equal(result({ model: 'gpt-6-luna' }), 'ok')
})

test('a group shares one quota or gives each of its models one; the first that matches counts', () => {
  const { result, account } = twin({
    groups: [
      { name: 'mini', models: ['gpt-5-mini*', 'o4-mini'], limits: { rpm: 1 } },
      { name: 'gpt-5', models: ['gpt-5*'], shared: false, limits: { rpm: 1 } },
    ],
  })
  assert.equal(result({ model: 'gpt-5-mini-2025-08-07' }), 'ok')
  assert.equal(result({ model: 'o4-mini' }), 'rate_limit_exceeded')
  assert.equal(result({ model: 'gpt-5' }), 'ok')
  assert.equal(result({ model: 'gpt-5.1' }), 'ok')
  assert.equal(result({ model: 'gpt-5.1' }), 'rate_limit_exceeded')
  assert.equal(result({ model: 'o4-mini-high' }), 'ok')
  assert.equal(result({ model: 'o4-mini-high' }), 'ok')
  assert.deepEqual(
    account().domains.map(({ group }) => group),
    ['mini', 'gpt-5', 'gpt-5.1', 'o4-mini-high'],
  )
})

test('a long request has limits of its own, and one between the two passes neither', () => {
  const { result, account } = twin({
    limits: { rpm: 10, tpm: 30_000 },
    long_context: { above: 128_000, limits: { rpm: 1, tpm: 200_000 } },
  })
  assert.equal(result({ characters: 4 * 100_000 }), 'rate_limit_exceeded')
  assert.equal(result({ characters: 4 * 128_000 }), 'rate_limit_exceeded')
  assert.equal(result({ characters: 4 * 128_001 }), 'ok')
  assert.equal(result({ characters: 4 * 128_001 }), 'rate_limit_exceeded')
  assert.deepEqual(
    account().domains.map(({ longContext, refusals }) => [longContext, refusals]),
    [
      [false, { too_large: 2 }],
      [true, { rpm: 1 }],
    ],
  )
})

test('refused attempts cost nothing, a request, or all they ask for', () => {
  const wasted = (failed_attempts: 'free' | 'requests' | 'all') => {
    const { send, account } = twin({ limits: { rpm: 3, tpm: 1000 }, charge: { failed_attempts } })
    send({ maxOutput: 800 })
    send({ maxOutput: 900 })
    send({ maxOutput: 900 })
    send({ maxOutput: 100 })
    return account().domains[0]!
  }
  assert.deepEqual(wasted('free').wasted, { requests: 0, tokens: 0 })
  assert.deepEqual(wasted('free').refused, { requests: 2, tokens: 1800 })
  assert.deepEqual(wasted('requests').wasted, { requests: 2, tokens: 0 })
  assert.deepEqual(
    wasted('requests').refusals,
    { tpm: 2, rpm: 1 },
    'the two refused attempts used up the requests',
  )
  assert.deepEqual(wasted('all').wasted, { requests: 2, tokens: 100 })
})

test('an attempt that can never pass burns no tokens', () => {
  const { send, account } = twin({ limits: { rpm: 10, tpm: 1000 }, charge: { failed_attempts: 'all' } })
  send({ maxOutput: 5000 })
  assert.deepEqual(account().domains[0]!.wasted, { requests: 1, tokens: 0 })
})

test('a quantum refuses with the figures of the minute, lets large requests pass, and follows the speed of time', () => {
  const { clock, send, result } = twin({ limits: { tpm: 60_000 }, quantum: '1s', minute_seconds: 6 })
  assert.equal(result({ maxOutput: 900 }), 'ok')
  const refused = send({ maxOutput: 1000 })
  assert.ok(!refused.allowed)
  assert.match(
    JSON.stringify(refused.body),
    /Limit 60000, Used 900, Requested 1000\. Please try again in 90ms\./,
  )
  assert.equal(refused.headers['x-ratelimit-remaining-tokens'], '59100')
  clock.advance(90)
  assert.equal(result({ maxOutput: 30_000 }), 'ok')
  clock.advance(2000)
  assert.equal(result({ maxOutput: 1 }), 'rate_limit_exceeded', '30,000 tokens last three of these seconds')
  clock.advance(1000)
  assert.equal(result({ maxOutput: 1 }), 'ok')
})

test('whole seconds of retry-after are rounded up', () => {
  const { send } = twin({ limits: { tpm: 10_000 } })
  send({ maxOutput: 8554 })
  assert.equal(send({ maxOutput: 3082 }).headers['retry-after'], '10')
})

test('unused output, cached input and failed requests come back where the scenario says so', () => {
  const remaining = (charge: ScenarioInput['charge'], ending: 'completed' | 'failed') => {
    const { send, limiter, clock, account } = twin({ limits: { rpm: 10, tpm: 10_000 }, charge })
    const request = ask({ maxOutput: 5000 })
    assert.ok(limiter.admit(request).allowed)
    assert.equal(account().inFlight, 1)
    limiter.finished?.({
      request,
      ending,
      inputTokens: 1000,
      cachedTokens: 600,
      outputTokens: 500,
      now: clock.now(),
    })
    assert.equal(account().inFlight, 0)
    const [tokens] = account().domains[0]!.limits.filter(({ name }) => name === 'tpm')
    assert.equal(tokens!.utilisation, (5000 - tokens!.refunded) / 10_000)
    const { headers } = send({ maxOutput: 1 })
    return [headers['x-ratelimit-remaining-requests'], headers['x-ratelimit-remaining-tokens']]
  }
  assert.deepEqual(remaining({}, 'completed'), ['8', '4999'])
  assert.deepEqual(remaining({}, 'failed'), ['8', '4999'])
  assert.deepEqual(remaining({ refund_unused: true }, 'completed'), ['8', '8499'])
  assert.deepEqual(remaining({ refund_unused: true, cached_tokens: 'exclude' }, 'completed'), ['8', '9099'])
  assert.deepEqual(remaining({ failed_attempts: 'free' }, 'failed'), ['9', '9999'])
})

test('the quota is gone and back at set times, for everybody or for one project', () => {
  const { clock, result, send, account } = twin({
    limits: { rpm: 600 },
    quota_outages: [
      { from: '10m', to: '1h10m' },
      { from: '2h', code: 'project_spend_limit_exceeded', projects: ['proj_poor'] },
    ],
  })
  assert.equal(result(), 'ok')
  clock.advance(600_000)
  assert.equal(result(), 'insufficient_quota')
  assert.deepEqual(send().headers, {}, 'an answer about money says nothing of the limits')
  clock.advance(3_599_999)
  assert.equal(result(), 'insufficient_quota')
  clock.advance(1)
  assert.equal(result(), 'ok')
  clock.advance(3_600_000)
  assert.equal(result({ project: 'proj_poor' }), 'project_spend_limit_exceeded')
  assert.equal(result(), 'ok')
  const [domain] = account().domains
  assert.deepEqual(domain!.refusals, { out_of_quota: 4 })
  assert.deepEqual(domain!.wasted, { requests: 0, tokens: 0 })
  // 600 at the start, ten minutes, a full bucket after the hour, and 60 minutes more.
  assert.equal(domain!.limits[0]!.available, 600 * (1 + 10 + 1 + 60))
})

test('503, flex without capacity and slow_down are refusals of their own', () => {
  const overload = twin({ overloaded: [{ from: '1m', to: '2m' }] })
  assert.equal(overload.result(), 'ok')
  overload.clock.advance(60_000)
  assert.equal(overload.result(), 'server_is_overloaded')
  assert.equal((overload.send() as { status: number }).status, 503)
  overload.clock.advance(60_000)
  assert.equal(overload.result(), 'ok')

  const flex = twin({ flex_unavailable: [{ probability: 0.5 }] })
  assert.ok(Array.from({ length: 50 }, () => flex.result()).every((code) => code === 'ok'))
  const unavailable = Array.from({ length: 400 }, () => flex.result({ serviceTier: 'flex' })).filter(
    (code) => code === 'resource_unavailable',
  ).length
  assert.ok(unavailable > 150 && unavailable < 250, `${unavailable} of 400`)

  const steep = twin({ limits: { tpm: '40M' }, slow_down: {} })
  assert.equal(steep.result({ inputTokens: 900_000 }), 'ok')
  assert.equal(steep.result({ inputTokens: 900_000 }), 'ok')
  assert.equal(steep.result({ inputTokens: 900_000 }), 'slow_down')
  assert.equal(steep.result({ serviceTier: 'fast' }), 'slow_down')
  steep.clock.advance(120_000)
  assert.equal(steep.result({ inputTokens: 900_000 }), 'ok')

  const fast = twin({ slow_down: { downgrade_fast: true } })
  assert.equal(fast.send({ inputTokens: 2_000_000, serviceTier: 'fast' }).allowed, true)
  assert.deepEqual(fast.send({ serviceTier: 'fast' }), { allowed: true, headers: {}, serviceTier: 'default' })
  assert.equal(fast.result(), 'slow_down')
})

test('another user takes a share of the refill between set times', () => {
  const { clock, result, account } = twin({
    limits: { tpm: 60_000 },
    foreign: [{ from: '1m', to: '2m', tokens: 0.3, requests: 0.9 }],
  })
  clock.advance(60_000)
  assert.equal(result({ maxOutput: 60_000 }), 'ok')
  clock.advance(10_000)
  assert.equal(result({ maxOutput: 7100 }), 'rate_limit_exceeded')
  assert.equal(result({ maxOutput: 7000 }), 'ok')
  clock.advance(50_000)
  assert.equal(result({ maxOutput: 35_000 }), 'ok')
  clock.advance(10_000)
  assert.equal(result({ maxOutput: 10_000 }), 'ok')
  const [limit] = account().domains[0]!.limits
  assert.equal(Math.round(limit!.foreign), 18_000)
  assert.equal(Math.round(limit!.available), 60_000 + 60_000 + 42_000 + 10_000)
})

test('what happens between two requests counts from its own moment', () => {
  const { clock, result } = twin({
    limits: { tpm: 60_000 },
    foreign: [{ from: '10s', to: '20s', tokens: 0.5 }],
  })
  assert.equal(result({ maxOutput: 60_000 }), 'ok')
  clock.advance(30_000)
  assert.equal(result({ maxOutput: 25_100 }), 'rate_limit_exceeded')
  assert.equal(result({ maxOutput: 25_000 }), 'ok')
})

test('limits change at set times, for some or all groups, and the administrative list follows', () => {
  const { clock, limiter, send } = twin({
    groups: [
      { name: 'a', models: ['a'], limits: { rpm: 100, tpm: 1000 } },
      { name: 'b', models: ['b'], limits: { rpm: 100, tpm: 1000, project_tpm: 700 } },
    ],
    changes: [
      { at: '3m', multiply: 0.5 },
      { at: '4m', limits: { rpm: 7 }, groups: ['b'] },
      { at: '5m', multiply: 2, groups: ['a'] },
    ],
  })
  const limits = (): unknown[] => {
    const route = limiter.routes!.find(({ path }) => path.endsWith('/rate_limits'))!
    const { body } = route.handle({
      method: 'GET',
      organization: 'org',
      parameters: { project: 'proj_spotter' },
      query: new URLSearchParams(),
      headers: {},
      body: undefined,
    })
    return (body as { data: Record<string, unknown>[] }).data.map((each) => [
      each['max_requests_per_1_minute'],
      each['max_tokens_per_1_minute'],
    ])
  }
  const seen = (): (string | undefined)[] =>
    ['a', 'b'].map((model) => send({ model }).headers['x-ratelimit-limit-requests'])
  assert.deepEqual(
    [seen(), limits()],
    [
      ['100', '100'],
      [
        [100, 1000],
        [100, 700],
      ],
    ],
  )
  clock.advance(180_000)
  assert.deepEqual(
    [seen(), limits()],
    [
      ['50', '50'],
      [
        [50, 500],
        [50, 350],
      ],
    ],
  )
  clock.advance(60_000)
  assert.deepEqual(seen(), ['50', '7'])
  clock.advance(60_000)
  assert.deepEqual(
    [seen(), limits()],
    [
      ['200', '7'],
      [
        [200, 2000],
        [7, 350],
      ],
    ],
  )
})

test('the speed falls with the requests in flight, and recovers', () => {
  const { limiter } = twin({ latency: { full_speed_in_flight: 2, at_most: 3 } })
  const requests = Array.from({ length: 10 }, () => ask())
  const factors = requests.map((request) => {
    const answer = limiter.admit(request)
    assert.ok(answer.allowed)
    return answer.latencyFactor
  })
  assert.deepEqual(factors, [1, 1, 1.5, 2, 2.5, 3, 3, 3, 3, 3])
  for (const request of requests)
    limiter.finished?.({ request, ending: 'cancelled', inputTokens: 0, outputTokens: 0, now: 1 })
  const again = limiter.admit(ask())
  assert.ok(again.allowed && again.latencyFactor === 1)
})

test('a minute can last six seconds, and everything with it', () => {
  const { clock, send, result, account } = twin({
    minute_seconds: 6,
    limits: { rpm: 3 },
    changes: [{ at: '1m', multiply: 2 }],
    quota_outages: [{ from: '2m', to: '3m' }],
  })
  for (let n = 0; n < 3; n++) assert.equal(result(), 'ok')
  const refused = send()
  assert.ok(!refused.allowed)
  assert.match(JSON.stringify(refused.body), /Limit 3, Used 3, Requested 1\. Please try again in 2s\./)
  assert.equal(refused.headers['retry-after'], '2')
  clock.advance(2000)
  assert.equal(result(), 'ok')
  clock.advance(4000)
  assert.equal(send().headers['x-ratelimit-limit-requests'], '6')
  assert.deepEqual([account().minuteMs, account().elapsedMs], [6000, 6000])
  clock.advance(6000)
  assert.equal(result(), 'insufficient_quota')
  clock.advance(6000)
  assert.equal(result(), 'ok')
})

test('a reset starts everything anew, and what was in flight is forgotten', () => {
  const { clock, limiter, account, result } = twin({ limits: { rpm: 1 }, quota_outages: [{ from: '1m' }] })
  const before = ask()
  limiter.admit(before)
  clock.advance(60_000)
  assert.equal(result(), 'insufficient_quota')
  limiter.reset?.()
  assert.deepEqual(account().domains, [])
  limiter.finished?.({
    request: before,
    ending: 'completed',
    inputTokens: 0,
    outputTokens: 0,
    now: clock.now(),
  })
  assert.equal(account().inFlight, 0)
  assert.equal(result(), 'ok')
  clock.advance(59_999)
  assert.equal(result(), 'rate_limit_exceeded')
})

test('the account can be asked for over HTTP and draws sent, admitted and available', () => {
  const { clock, limiter, result } = twin({ limits: { rpm: 60, tpm: 6000 } })
  for (let second = 0; second < 90; second++) {
    result({ maxOutput: 100 })
    result({ maxOutput: 100 })
    clock.advance(1000)
  }
  const route = limiter.routes!.find(({ path }) => path === '/_simulator/quota')!
  const { status, body } = route.handle({
    method: 'GET',
    organization: 'org',
    parameters: {},
    query: new URLSearchParams(),
    headers: {},
    body: undefined,
  })
  assert.equal(status, 200)
  const [domain] = (body as ReturnType<ReturnType<typeof createQuotaTwin>['account']>).domains
  assert.equal(domain!.series.binMs, 1000)
  assert.equal(domain!.series.sentRequests.length, 91)
  assert.equal(domain!.series.sentTokens[30], 200)
  assert.ok(Math.abs(domain!.series.availableTokens[30]! - 100) < 1e-9)
  assert.ok(Math.abs(domain!.series.availableRequests[30]! - 1) < 1e-9)
  assert.equal(domain!.admitted.requests + domain!.refused.requests, 180)
  assert.ok(domain!.utilisation > 0.98 && domain!.utilisation <= 1)
})
