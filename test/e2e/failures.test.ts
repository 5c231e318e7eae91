import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ask, type Answer } from './http-call.ts'
import { impatient, startStage } from './started.ts'

/** Statuses that some client of Gym's repeats for ever. */
const repeatedForEver = new Set([429, 502, 503, 504, 520])

interface Told {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string
  readonly category: string
  readonly retryable: boolean
  readonly upstream_status: number | null
  readonly attempts: number
  readonly waited_ms: number
  readonly request_id: string | null
}

const members =
  'message type param code category retryable upstream_status upstream_message attempts waited_ms request_id'

/** By the simulator's name of the fault: the status callers see, the reason, how often it was tried. */
const faults: Readonly<Record<string, readonly [status: number, category: string, attempts: number]>> = {
  'malformed-json': [400, 'bad_request', 1],
  'unknown-parameter': [400, 'bad_request', 1],
  'missing-parameter': [400, 'bad_request', 1],
  'unsupported-parameter': [400, 'bad_request', 1],
  'unsupported-value': [400, 'bad_request', 1],
  'tools-with-reasoning': [400, 'bad_request', 1],
  'invalid-function-schema': [400, 'bad_request', 1],
  'context-length': [400, 'context_overflow', 1],
  'invalid-prompt': [400, 'content_policy', 1],
  'previous-response-not-found': [400, 'bad_request', 1],
  'tool-output-missing': [400, 'bad_request', 1],
  'tool-call-missing': [400, 'bad_request', 1],
  'item-not-found': [404, 'not_found', 3],
  'invalid-encrypted-content': [400, 'bad_request', 1],
  'service-tier-not-allowed': [400, 'bad_request', 1],
  'invalid-key': [401, 'authentication', 1],
  'missing-key': [401, 'authentication', 1],
  'mismatched-organization': [401, 'authentication', 1],
  'mismatched-project': [401, 'authentication', 1],
  'missing-scope': [401, 'permission', 1],
  'ip-not-allowed': [401, 'permission', 1],
  'not-a-member': [401, 'authentication', 1],
  'unsupported-country': [403, 'permission', 1],
  'no-model-access': [403, 'model_not_found', 1],
  'model-not-found': [404, 'model_not_found', 1],
  conflict: [424, 'server_error', 3],
  'request-timeout': [424, 'timeout', 3],
  unprocessable: [422, 'bad_request', 1],
  'rate-limit': [424, 'patience_exhausted', 1],
  'rate-limit-requests': [424, 'patience_exhausted', 1],
  'rate-limit-requests-day': [424, 'patience_exhausted', 1],
  'rate-limit-tokens-day': [424, 'patience_exhausted', 1],
  'rate-limit-bare': [424, 'patience_exhausted', 1],
  'request-too-large': [413, 'request_larger_than_limit', 1],
  'slow-down': [424, 'patience_exhausted', 1],
  // Without room at flex it is tried once more, at the default tier.
  'flex-unavailable': [424, 'patience_exhausted', 2],
  quota: [402, 'quota', 1],
  'credit-balance': [402, 'quota', 1],
  'organization-spend-limit': [402, 'quota', 1],
  'project-spend-limit': [402, 'quota', 1],
  'organization-usage-limit': [402, 'quota', 1],
  'billing-hard-limit': [402, 'quota', 1],
  'server-error': [424, 'server_error', 3],
  overloaded: [424, 'overloaded', 3],
  'bad-gateway': [424, 'server_error', 3],
  'gateway-timeout': [424, 'timeout', 3],
  'unknown-error': [424, 'server_error', 3],
  'html-ok': [424, 'protocol', 1],
  'empty-ok': [424, 'protocol', 3],
  'broken-json': [424, 'protocol', 3],
  'reset-before-headers': [424, 'network_reset', 3],
  'close-before-headers': [424, 'network_reset', 3],
  'reset-after-headers': [424, 'stream_truncated', 3],
  'stream-error': [424, 'server_error', 3],
  'stream-error-late': [424, 'server_error', 3],
  'stream-error-only': [424, 'server_error', 3],
  'stream-error-flat': [424, 'server_error', 3],
  failed: [424, 'server_error', 3],
  'failed-late': [424, 'server_error', 3],
  'stream-quota': [402, 'quota', 1],
  'stream-rate-limit': [424, 'patience_exhausted', 1],
  'stream-overloaded': [424, 'overloaded', 3],
  'stream-invalid-prompt': [400, 'content_policy', 1],
}

/** These break an answer off in its middle: while the whole answer is collected they can be tried again. */
const inTheMiddle: typeof faults = {
  'reset-in-body': [424, 'stream_truncated', 3],
  'close-in-body': [424, 'stream_truncated', 3],
  truncated: [424, 'stream_truncated', 3],
}

const bodies = {
  '/v1/responses': { input: 'hi' },
  '/v1/chat/completions': { messages: [{ role: 'user', content: 'hi' }] },
}

for (const path of ['/v1/responses', '/v1/chat/completions'] as const) {
  for (const stream of [false, true]) {
    const kind = `${path}, ${stream ? 'streamed' : 'whole'}`
    test(`every failure is told in one sentence: ${kind}`, { concurrency: 8 }, async (t) => {
      const all = Object.entries(stream ? faults : { ...faults, ...inTheMiddle })
      await Promise.all(
        all.map(([fault, expected]) =>
          t.test(fault, async (t) => {
            const answer = await failing(t, fault, path, stream)
            const { error } = answer.json() as unknown as { error: Told }
            const shown = [answer.status, error.category, error.attempts]
            assert.deepEqual(shown, expected)
          }),
        ),
      )
    })
  }
}

/** A call that meets the fault for ever; everything that holds for every failure is checked here. */
async function failing(
  context: TestContext,
  fault: string,
  path: keyof typeof bodies,
  stream: boolean,
): Promise<Answer> {
  const settings = {
    ...impatient,
    'retry.rate_limit_patience_seconds': 1,
    'agents.context_overflow': 'error',
  }
  const { simulator, log, url } = await startStage(context, { settings })
  simulator.control.fault(fault, { times: 100, wait: 5000 })
  const answer = await ask(url + path, { body: { ...bodies[path], stream } })
  const { error } = answer.json() as unknown as { error: Told }

  assert.equal(repeatedForEver.has(answer.status), false)
  assert.equal(answer.headers['x-should-retry'], 'false')
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(Object.keys(error).join(' '), members)
  assert.equal(simulator.control.status.requests, error.attempts)
  assert.equal(error.upstream_status, statusSeen(simulator.control.requests.at(-1)?.status ?? null, fault))
  assert.ok(error.request_id === null || error.request_id === answer.headers['x-request-id'])

  assert.ok(error.message.length <= 300, error.message)
  assert.ok(phraseTells(answer.reason, error.message), `${answer.reason}\n${error.message}`)
  const said = log.filter((line) => line.includes(` warn  ${error.message}`))
  assert.equal(said.length, 1, log.join(''))
  for (const text of [answer.reason, answer.text, JSON.stringify(answer.headers), ...log]) {
    assert.doesNotMatch(text, /sk-test|0123456789/)
  }
  return answer
}

/** A connection that breaks leaves no status, whatever had been begun. */
function statusSeen(status: number | null, fault: string): number | null {
  return /^(reset|close|truncated)/.test(fault) ? null : status
}

/** The phrase is the message, without the upstream's own words or cut where it is too long for a phrase. */
function phraseTells(phrase: string, message: string): boolean {
  if (phrase.length > 160) return false
  const plain = message.replaceAll('…', '...')
  const beginning = phrase.replace(/\.\.\.$/, '')
  return plain.startsWith(beginning) || plain.replace(/: ".*"\.? (?=\S)/, ': ').startsWith(beginning)
}

test('a rejected key is not tried again by the next call, which is told the same', async (t) => {
  const stage = await startStage(t)
  stage.simulator.control.fault('invalid-key', { times: 10 })
  const told: Told[] = []
  for (let call = 0; call < 3; call++) {
    const { status, json } = await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(status, 401)
    told.push((json() as unknown as { error: Told }).error)
  }
  const [first, second, third] = told
  assert.match(first?.message ?? '', /rejected the key .* openai_api_key \(\+\+policy_api_key\)/)
  assert.ok(second?.message.endsWith(first?.message ?? 'x'), second?.message)
  assert.equal(third?.message, second?.message)
  assert.deepEqual(
    told.map(({ attempts }) => attempts),
    [1, 0, 0],
  )
  assert.equal(stage.simulator.control.status.requests, 1)
})

test('a failure of many calls is one line and a count', async (t) => {
  const stage = await startStage(t)
  stage.simulator.control.fault('unknown-parameter', { times: 100 })
  for (let call = 0; call < 20; call++) {
    assert.equal((await ask(`${stage.url}/v1/responses`, { body: { input: 'hi' } })).status, 400)
  }
  const about = (): string[] => stage.log.filter((line) => line.includes('refused the request'))
  assert.equal(about().length, 1)
  await stage.close()
  assert.equal(about().length, 2)
  assert.match(about()[1] ?? '', / the same failure, 19 more times in \d+ s: /)
})
