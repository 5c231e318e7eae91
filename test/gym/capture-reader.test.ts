import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { ask } from '../e2e/http-call.ts'
import { impatient, startStage } from '../e2e/started.ts'

interface Call {
  readonly response_id: string | null
  readonly status_code: number | null
  readonly error_category: string | null
  readonly tokens_in: number | null
  readonly tokens_out: number | null
  readonly tools: readonly string[]
  readonly [name: string]: unknown
}

const READER = join(import.meta.dirname, 'read-captures.py')
const run = promisify(execFile)

/** The Python of a Gym that `npm run test:gym` has installed here before; null where it has not. */
function gymPython(): string | null {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'spotter-test-gym')
  if (!existsSync(cache)) return null
  const pythons = readdirSync(cache).map((name) => join(cache, name, 'newest', 'gym', 'bin', 'python'))
  return pythons.find((python) => existsSync(join(python, '..', 'gym'))) ?? null
}

const python = await run('python3', ['-c', 'import fcntl']).then(
  () => 'python3',
  () => null,
)

const tool = { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }
const asked = [{ role: 'user', content: 'The weather?' }]
const requests = {
  responses: [
    '/v1/responses',
    { input: asked, tools: [{ type: 'function', ...tool }], tool_choice: 'required' },
  ],
  chat: [
    '/v1/chat/completions',
    { messages: asked, tools: [{ type: 'function', function: tool }], tool_choice: 'required' },
  ],
  messages: [
    '/v1/messages',
    {
      max_tokens: 500,
      messages: asked,
      tools: [{ name: tool.name, input_schema: tool.parameters }],
      tool_choice: { type: 'any' },
    },
  ],
} as const

/** A folder with calls of every kind. */
async function captured(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-captures-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const stage = await startStage(t, {
    model: 'gpt-4o',
    run: { observability_enabled: true, model_call_capture_dir: folder },
    settings: { ...impatient, 'retry.max_attempts': 1 },
  })
  const call = (rollout: string, path: string, body: unknown, fault?: string) => {
    if (fault) stage.simulator.control.fault(fault, { times: 1 })
    const headers = { 'x-session-id': `session of ${rollout}` }
    return ask(`${stage.url}/ng-rollout/${rollout}${path}`, { body, headers })
  }
  for (const [dialect, [path, body]] of Object.entries(requests)) {
    const options = dialect === 'chat' ? { stream_options: { include_usage: true } } : {}
    await call(dialect, path, body)
    await call(dialect, path, { ...body, stream: true, ...options })
    await call(`${dialect}-wrong`, path, { no: 'question' })
    await call(`${dialect}-refused`, path, body, 'unknown-parameter')
    await call(`${dialect}-truncated`, path, { ...body, stream: true }, 'truncated')
  }
  await call('overflow', '/v1/responses', { input: 'hi' }, 'context-length')
  await call('no-json', '/v1/responses', '{"input": ')
  return folder
}

async function check(folder: string, interpreter: string, reader: 'gym' | 'rules'): Promise<void> {
  const { stdout } = await run(interpreter, [READER, folder, reader])
  const found = JSON.parse(stdout) as Record<string, Call[]>
  const one = (rollout: string): Call => {
    const calls = found[rollout] ?? []
    assert.equal(calls.length, 1, rollout)
    return calls[0] as Call
  }
  for (const dialect of Object.keys(requests)) {
    const [whole, streamed] = found[dialect] ?? []
    for (const call of [whole, streamed]) {
      assert.ok(call)
      assert.partialDeepStrictEqual(call, {
        dialect,
        model_server: 'policy_model',
        client_session_id: `session of ${dialect}`,
        status_code: 200,
        error_category: null,
        tools: [tool.name],
      })
      assert.match(call.response_id ?? '', /^(resp|chatcmpl|msg)_?-?/)
      assert.ok((call.tokens_in ?? 0) > 0 && (call.tokens_out ?? 0) > 0, dialect)
      assert.ok(Number(call['completed_at']) >= Number(call['started_at']))
    }
    assert.equal(whole?.tokens_in, streamed?.tokens_in)
    assert.notEqual(whole?.response_id, streamed?.response_id)
    const wrong = { error_category: 'client_error', response_source: 'local', upstream_attempted: false }
    assert.partialDeepStrictEqual(one(`${dialect}-wrong`), wrong)
    const refused = {
      status_code: 400,
      error_category: 'client_error',
      response_source: 'upstream',
      upstream_status_code: 400,
    }
    assert.partialDeepStrictEqual(one(`${dialect}-refused`), refused)
    assert.partialDeepStrictEqual(one(`${dialect}-truncated`), {
      status_code: 200,
      error_category: 'stream_truncated',
    })
  }
  const overflow = { finish_reason: 'max_output_tokens', local_response_reason: 'context_length_exceeded' }
  assert.partialDeepStrictEqual(one('overflow'), { ...overflow, error_category: 'context_length_exceeded' })
  assert.partialDeepStrictEqual(one('no-json'), { status_code: 422, error_category: 'client_error' })
}

test(
  'a reader that keeps to the rules reads our captures',
  { skip: python ? false : 'no Python here' },
  async (t) => {
    await check(await captured(t), python ?? '', 'rules')
  },
)

const gym = gymPython()
const needsGym = { skip: gym ? false : 'no NeMo Gym here: npm run test:gym installs one' }

test("Gym's own reader reads our captures", needsGym, async (t) => {
  await check(await captured(t), gym ?? '', 'gym')
})
