import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { impatient, startBehind } from '../e2e/started.ts'
import { runSimpleAgent, type Ending } from './agent/simple-agent.ts'

type Json = Record<string, unknown>

const response: Json = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'gpt-test',
  status: 'completed',
  error: null,
  incomplete_details: null,
  metadata: {},
  output: [],
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: [],
  usage: null,
}
const error = (status: number, code: string, type = 'invalid_request_error') =>
  ({ status, body: { error: { message: 'No.', type, param: null, code } } }) as const
const answer = (changes: Json) => ({ status: 200, body: { ...response, ...changes } }) as const

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], status: null }
const message = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
}
const unheard = { type: 'unheard_of_call', id: 'uc_1', call_id: 'c', status: 'completed' }
const search = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } }

interface Case {
  /** What the upstream answers, every time. */
  readonly upstream: { readonly status: number; readonly body: unknown }
  readonly settings?: Readonly<Record<string, string | number>>
  /** How the loop ends, and after how many calls of the model server at most. */
  readonly ends: Ending['why']
  readonly within: number
  /** How a release that stops by itself at an empty answer ends, where that differs. */
  readonly later?: Ending['why']
}

const cases: Readonly<Record<string, Case>> = {
  'an answer': { upstream: answer({ output: [message] }), ends: 'message', within: 1 },
  'context overflow': { upstream: error(400, 'context_length_exceeded'), ends: 'incomplete', within: 1 },
  'context overflow as an error': {
    upstream: error(400, 'context_length_exceeded'),
    settings: { 'agents.context_overflow': 'error' },
    ends: 'error',
    within: 1,
  },
  'an empty account': {
    upstream: error(429, 'insufficient_quota', 'insufficient_quota'),
    ends: 'error',
    within: 1,
  },
  'a rate limit that stays': {
    upstream: error(429, 'rate_limit_exceeded', 'requests'),
    settings: { 'retry.rate_limit_patience_seconds': 0 },
    ends: 'error',
    within: 1,
  },
  'a wrong key': { upstream: error(401, 'invalid_api_key'), ends: 'error', within: 1 },
  'a fault that stays': { upstream: error(500, 'server_error', 'server_error'), ends: 'error', within: 1 },
  'a failed response': {
    upstream: answer({ status: 'failed', error: { code: 'server_error', message: 'boom' } }),
    ends: 'error',
    within: 1,
  },
  'an incomplete response': {
    upstream: answer({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
    ends: 'incomplete',
    within: 1,
  },
  'empty output': { upstream: answer({}), ends: 'incomplete', within: 4, later: 'empty' },
  'reasoning and nothing else': {
    upstream: answer({ output: [reasoning] }),
    ends: 'incomplete',
    within: 4,
    later: 'empty',
  },
  "the host's own tools and nothing else": {
    upstream: answer({ output: [reasoning, search] }),
    ends: 'incomplete',
    within: 4,
    later: 'empty',
  },
  'an unknown item': { upstream: answer({ output: [reasoning, unheard] }), ends: 'unreadable', within: 1 },
  'an unknown item, dropped': {
    upstream: answer({ output: [message, unheard] }),
    settings: { 'agents.unknown_output_items': 'drop' },
    ends: 'message',
    within: 1,
  },
  'an unknown item, dropped, and nothing left': {
    upstream: answer({ output: [reasoning, unheard] }),
    settings: { 'agents.unknown_output_items': 'drop' },
    ends: 'error',
    within: 1,
  },
  'an unknown item as an error': {
    upstream: answer({ output: [message, unheard] }),
    settings: { 'agents.unknown_output_items': 'error' },
    ends: 'error',
    within: 1,
  },
  'no JSON': { upstream: { status: 200, body: '<html>' }, ends: 'error', within: 1 },
}

for (const [release, asksAgain] of [
  ['before 0.7', true],
  ['0.7', false],
] as const) {
  describe(
    `the loop of simple_agent ${release} ends when the upstream always gives`,
    { concurrency: 8 },
    () => {
      for (const [what, { upstream, settings, ends, within, later }] of Object.entries(cases)) {
        it(what, async (t) => {
          const { stage, upstream: host } = await startBehind(
            t,
            (_body, reply) => {
              reply.writeHead(upstream.status, { 'content-type': 'application/json' })
              reply.end(JSON.stringify(upstream.body))
            },
            { settings: { ...impatient, ...settings } },
          )
          const { calls, why } = await runSimpleAgent(stage.url, asksAgain)
          assert.equal(why, asksAgain ? ends : (later ?? ends))
          assert.ok(calls <= within, `${calls} calls`)
          // Faults are tried three times, everything else once.
          assert.ok(host.requests.length <= within * 3, `${host.requests.length} requests upstream`)
        })
      }
    },
  )
}
