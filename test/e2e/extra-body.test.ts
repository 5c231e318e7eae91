import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from './http-call.ts'
import type { StageOptions } from './stage.ts'
import { startBehind } from './started.ts'

const paths = { responses: '/v1/responses', chat: '/v1/chat/completions' } as const

interface Case {
  readonly what: string
  readonly extraBody: Readonly<Record<string, string | number | boolean | null>>
  readonly dialect: keyof typeof paths
  readonly sent: Readonly<Record<string, unknown>>
  /** What goes up besides the request's own `input` or `messages` and the model. */
  readonly forwarded: Readonly<Record<string, unknown>>
}

const cases: readonly Case[] = [
  {
    what: 'fills what the request leaves open',
    extraBody: { temperature: 0.5, new_setting: true },
    dialect: 'responses',
    sent: {},
    forwarded: { temperature: 0.5, new_setting: true },
  },
  {
    what: 'gives way to the request',
    extraBody: { temperature: 0.5, store: false },
    dialect: 'responses',
    sent: { temperature: 1, store: null },
    forwarded: { temperature: 1, store: null },
  },
  {
    what: 'is merged one level deep only',
    extraBody: { 'reasoning.effort': 'low', 'reasoning.summary': 'auto' },
    dialect: 'responses',
    sent: { reasoning: { effort: 'high' } },
    forwarded: { reasoning: { effort: 'high' } },
  },
  {
    what: 'caps the output of Responses under its own name',
    extraBody: { max_completion_tokens: 7 },
    dialect: 'responses',
    sent: {},
    forwarded: { max_output_tokens: 7 },
  },
  {
    what: 'caps the output of a chat under its own name',
    extraBody: { max_output_tokens: 7 },
    dialect: 'chat',
    sent: {},
    forwarded: { max_completion_tokens: 7 },
  },
  {
    what: 'does not cap a chat twice',
    extraBody: { max_output_tokens: 7 },
    dialect: 'chat',
    sent: { max_tokens: 9 },
    forwarded: { max_tokens: 9 },
  },
  {
    what: 'does not cap at all with null, as Gym’s own settings have it',
    extraBody: { max_output_tokens: null },
    dialect: 'chat',
    sent: {},
    forwarded: {},
  },
  {
    what: 'may set both caps, one for each',
    extraBody: { max_output_tokens: 7, max_completion_tokens: 8 },
    dialect: 'chat',
    sent: {},
    forwarded: { max_completion_tokens: 8 },
  },
  {
    what: 'turns effort and verbosity into a chat’s own',
    extraBody: { 'reasoning.effort': 'low', 'text.verbosity': 'high' },
    dialect: 'chat',
    sent: {},
    forwarded: { reasoning_effort: 'low', verbosity: 'high' },
  },
  {
    what: 'turns a chat’s effort and verbosity into those of Responses',
    extraBody: { reasoning_effort: 'low', verbosity: 'high' },
    dialect: 'responses',
    sent: {},
    forwarded: { reasoning: { effort: 'low' }, text: { verbosity: 'high' } },
  },
  {
    what: 'never names another model',
    extraBody: { model: 'gpt-other' },
    dialect: 'responses',
    sent: { model: 'gpt-mine' },
    forwarded: {},
  },
]

for (const { what, extraBody, dialect, sent, forwarded } of cases) {
  test(`extra_body ${what}`, async (t) => {
    const settings: Record<string, string | number | boolean | null> = {}
    for (const [key, value] of Object.entries(extraBody)) settings[`extra_body.${key}`] = value
    const base = dialect === 'chat' ? { messages: [] } : { input: 'hi' }
    const up = await forwardedBody(t, { settings }, paths[dialect], { ...base, ...sent })
    assert.deepEqual(up, { ...base, ...forwarded, model: 'gpt-test' })
  })
}

test('drop_input_reasoning_items takes out reasoning, and nothing else', async (t) => {
  const settings = { drop_input_reasoning_items: true }
  const message = { role: 'user', content: 'hi' }
  const input = [message, { type: 'reasoning', id: 'rs_1', summary: [] }, { type: 'new', reasoning: 1 }]
  const up = await forwardedBody(t, { settings }, paths.responses, { input })
  assert.deepEqual(up['input'], [message, { type: 'new', reasoning: 1 }])
})

async function forwardedBody(
  context: import('node:test').TestContext,
  options: StageOptions,
  path: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const answer = '{"id":"x","status":"completed","choices":[]}'
  const { stage, upstream } = await startBehind(context, (_body, response) => response.end(answer), options)
  const { status } = await ask(stage.url + path, { body })
  assert.equal(status, 200)
  return JSON.parse(String(upstream.requests[0]?.body)) as Record<string, unknown>
}
