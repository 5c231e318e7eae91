import assert from 'node:assert/strict'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { loadFileLock } from '../../src/observe/capture/file-lock.ts'
import { ask, HttpCall } from './http-call.ts'
import type { StageOptions } from './stage.ts'
import { impatient, startBehind, startStage } from './started.ts'
import { until } from './until.ts'

type Line = Record<string, unknown> & { readonly x_spotter: Record<string, unknown> }

const recordings = join(import.meta.dirname, '..', 'fixtures', 'gym', 'capture')
const recorded = (name: string) =>
  JSON.parse(readFileSync(join(recordings, `${name}.capture.jsonl`), 'utf8')) as Line

function captureFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-capture-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Options of a run that captures into a folder of the test's own, and what reads it. */
function capturing(t: TestContext, options: StageOptions = {}) {
  const folder = captureFolder(t)
  const run = { observability_enabled: true, model_call_capture_dir: folder, ...options.run }
  const lines = (rollout: string) =>
    readFileSync(join(folder, `${rollout}.capture.jsonl`), 'utf8')
      .split('\n')
      // What stands behind the last line feed is still being written.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
  return { folder, lines, options: { ...options, run, settings: { ...impatient, ...options.settings } } }
}

/** Members in order, without our own. */
const members = ({ x_spotter: _own, ...line }: Line) => Object.keys(line)

const requests = {
  responses: ['/v1/responses', { input: 'hi' }],
  chat: ['/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }] }],
  messages: ['/v1/messages', { max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] }],
} as const
const recordedAs = {
  responses: ['x', 's-1'],
  chat: ['x', 's-3'],
  messages: ['m-1', 's-5'],
} as const

for (const dialect of ['responses', 'chat', 'messages'] as const) {
  const [path, body] = requests[dialect]
  const asked = dialect === 'chat' ? { ...body, stream_options: { include_usage: true } } : body

  test(`an answer is written down as Gym does it: ${dialect}`, async (t) => {
    const { lines, options } = capturing(t)
    const stage = await startStage(t, options)
    const before = Date.now() / 1000
    const answer = await ask(`${stage.url}/ng-rollout/7-3-a1${path}`, { body })
    const [line, ...more] = lines('7-3-a1')
    assert.ok(line)
    assert.equal(more.length, 0)
    assert.deepEqual(members(line), members(recorded(recordedAs[dialect][0])))
    assert.match(String(line['model_call_id']), /^[0-9a-f]{32}$/)
    assert.equal(line['dialect'], dialect)
    assert.deepEqual(line['model_ref'], { type: 'responses_api_models', name: 'policy_model' })
    assert.ok(Number(line['started_at']) >= before - 1 && Number(line['started_at']) <= Date.now() / 1000)
    assert.ok(Number(line['completed_at']) >= Number(line['started_at']))
    assert.equal(typeof line['latency_ms'], 'number')
    assert.equal(typeof line['latency_ttft_ms'], 'number')
    assert.equal(line['status_code'], 200)
    assert.equal(line['error_category'], null)
    assert.deepEqual(line['request'], body, 'the request as the caller sent it')
    assert.deepEqual(line['response'], answer.json(), 'the answer as the caller got it')
    assert.equal(line.x_spotter['attempts'], 1)
    assert.match(String(line.x_spotter['upstream_request_id']), /^req_/)
  })

  test(`a stream is written down as it was, and put together: ${dialect}`, async (t) => {
    const { lines, options } = capturing(t)
    const stage = await startStage(t, options)
    const answer = await ask(`${stage.url}/ng-rollout/s${path}`, { body: { ...asked, stream: true } })
    const [line] = lines('s')
    assert.ok(line)
    assert.deepEqual(members(line), members(recorded(recordedAs[dialect][1])))
    assert.equal(line['response_raw'], answer.text)
    assert.equal(line['error_category'], null)
    const response = line['response'] as { id: string; usage?: object }
    assert.ok(answer.text.includes(response.id))
    const plain = await ask(stage.url + path, { body })
    const keys = Object.keys(plain.json())
    for (const key of Object.keys(response)) assert.ok(keys.includes(key), key)
  })
}

const failures: [string, (response: import('node:http').ServerResponse) => void][] = [
  [
    'err-401',
    (response) => response.writeHead(401, { 'content-type': 'application/json' }).end('{"error": {}}'),
  ],
  [
    'err-404',
    (response) => response.writeHead(404, { 'content-type': 'application/json' }).end('{"error": {}}'),
  ],
]

for (const [name, answer] of failures) {
  test(`a refusal has the upstream's status and body: ${name}`, async (t) => {
    const { lines, options } = capturing(t)
    const { stage } = await startBehind(t, (_body, response) => answer(response), options)
    const { status } = await ask(`${stage.url}/ng-rollout/r/v1/responses`, { body: { input: 'hi' } })
    const [line] = lines('r')
    assert.ok(line)
    const expected = recorded(name)
    const { upstream_attempted, response_source, upstream_status_code, local_response_reason, ...rest } = line
    assert.deepEqual(members(rest as Line), members(expected))
    assert.deepEqual(
      [upstream_attempted, response_source, upstream_status_code, local_response_reason],
      [true, 'upstream', expected['status_code'], null],
    )
    assert.equal(line['status_code'], expected['status_code'])
    assert.equal(line['error_category'], expected['error_category'])
    assert.equal(line['response'], null)
    assert.equal(line['response_raw'], '{"error": {}}')
    assert.equal(line['latency_ttft_ms'], null)
    assert.equal(line.x_spotter['answered_status'], status)
  })
}

test('a page in place of an answer, a stream that breaks off, a request that is no JSON', async (t) => {
  const { lines, options } = capturing(t, { settings: { 'retry.max_attempts': 1 } })
  const { stage } = await startBehind(
    t,
    (body, response) => {
      if (!body.includes('stream')) return void response.writeHead(200).end('<html>')
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const created = '{"type":"response.created","response":{"id":"resp_1","status":"in_progress"}}'
      response.write(`data: ${created}\n\ndata: {"type":"response.output_text.delta","delta":"Hel"}\n\n`)
      setTimeout(() => response.destroy(), 5)
    },
    options,
  )
  await ask(`${stage.url}/ng-rollout/page/v1/responses`, { body: { input: 'hi' } })
  assert.equal(lines('page')[0]?.['error_category'], 'capture_parse_error')
  assert.equal(lines('page')[0]?.['response_raw'], '<html>')

  const url = `${stage.url}/ng-rollout/broken/v1/responses`
  const cut = await ask(url, { body: { input: 'hi', stream: true } })
  const [broken] = lines('broken')
  assert.equal(broken?.['error_category'], 'stream_truncated')
  assert.equal(broken?.['status_code'], 200)
  assert.partialDeepStrictEqual(broken?.['response'], { id: 'resp_1', status: 'failed' })
  assert.equal(broken?.['response_raw'], cut.text, 'with the error event that Spotter ended it with')

  const refused = await ask(`${stage.url}/ng-rollout/bad/v1/responses`, { body: '{"input": ' })
  const [bad] = lines('bad')
  assert.equal(bad?.['status_code'], 422)
  assert.equal(bad?.['error_category'], 'client_error')
  assert.equal(bad?.['request'], null)
  assert.equal(bad?.['request_raw'], '{"input": ')
  assert.deepEqual(bad?.['response'], refused.json(), 'what the caller was told')
})

test('a stream that holds nothing but the error is written down with it', async (t) => {
  const { lines, options } = capturing(t, {
    settings: { 'retry.max_attempts': 1, 'server.header_wait_seconds': 0.02 },
  })
  const { stage } = await startBehind(
    t,
    (_body, response) => void setTimeout(() => response.writeHead(500).end('{"error":{}}'), 100),
    options,
  )
  for (const [dialect, [path, body]] of Object.entries(requests)) {
    const url = `${stage.url}/ng-rollout/${dialect}${path}`
    const answer = await ask(url, { body: { ...body, stream: true } })
    const [line] = lines(dialect)
    const events = answer.text.replace(/^(?:: keep-alive\n\n|event: ping\ndata: .*\n\n)+/, '')
    assert.equal(line?.['response_raw'], events)
    assert.equal(line?.['status_code'], 200)
    assert.equal(line?.['error_category'], 'upstream_error')
    assert.equal(line?.['upstream_status_code'], 500)
  }
})

test('the session that a caller names is in the line, unless it names two', async (t) => {
  const { lines, options } = capturing(t)
  const stage = await startStage(t, options)
  const url = `${stage.url}/ng-rollout/s/v1/responses`
  await ask(url, { body: { input: 'hi' }, headers: { 'x-session-id': 'one' } })
  await new Promise<void>((resolve) => {
    const headers = { 'x-session-id': ['one', 'two'] }
    request(url, { method: 'POST', headers }, (response) => response.resume().on('end', resolve)).end(
      '{"input":"hi"}',
    )
  })
  assert.deepEqual(
    lines('s').map((line) => line['client_session_id']),
    ['one', undefined],
  )
})

test('a call whose caller left is not written down as a success', async (t) => {
  const { lines, folder, options } = capturing(t)
  const { stage, upstream } = await startBehind(t, () => {}, options)
  const call = new HttpCall(`${stage.url}/ng-rollout/left/v1/responses`, { body: { input: 'hi' } })
  await until('the call is sent on', () => upstream.requests.length === 1)
  call.leave()
  await until(
    'the call is written down',
    () => existsSync(join(folder, 'left.capture.jsonl')) && lines('left').length > 0,
  )
  const [line] = lines('left')
  assert.equal(line?.['error_category'], 'cancelled')
  assert.equal(line?.['response'], null)
})

const tryLock = loadFileLock()

test('the last event waits until the line is durable, and no other does', { skip: !tryLock }, async (t) => {
  assert.ok(tryLock)
  const { folder, lines, options } = capturing(t)
  const delta = 'data: {"type":"response.output_text.delta","delta":"Hel"}\n\n'
  const last = 'data: {"type":"response.completed","response":{"id":"resp_1","status":"completed"}}\n\n'
  const { stage } = await startBehind(
    t,
    (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(delta + last)
    },
    options,
  )
  // Somebody else is writing to the rollout's file.
  const fd = openSync(join(folder, 'held.capture.jsonl'), 'a')
  assert.ok(tryLock(fd))
  const call = new HttpCall(`${stage.url}/ng-rollout/held/v1/responses`, {
    body: { input: 'hi', stream: true },
  })
  await until('the call has its outcome', () => [...stage.server.frontDoor.active].some((one) => one.outcome))
  for (let count = 0; count < 50; count++) await turn()
  assert.ok(!call.text.includes('response.completed'))
  closeSync(fd)
  assert.ok((await call.answer()).text.endsWith(last))
  assert.equal(lines('held').length, 1)
})

test('a disk in trouble loses the line and not the call, and says so once', async (t) => {
  const folder = captureFolder(t)
  const file = join(folder, 'not-a-directory')
  closeSync(openSync(file, 'w'))
  const run = { observability_enabled: true, model_call_capture_dir: join(file, 'below') }
  const stage = await startStage(t, { run })
  for (const rollout of ['1-1', '1-2']) {
    const answer = await ask(`${stage.url}/ng-rollout/${rollout}/v1/responses`, { body: { input: 'hi' } })
    assert.equal(answer.status, 200)
  }
  assert.equal(stage.log.filter((line) => line.includes('cannot be captured')).length, 1)
})

test('only calls of a rollout that can name a file are written down', async (t) => {
  const { folder, options } = capturing(t)
  const stage = await startStage(t, options)
  const body = { input: 'hi' }
  await ask(`${stage.url}/v1/responses`, { body })
  await ask(`${stage.url}/ng-rollout/r/v1/responses/input_tokens`, { body })
  for (const id of ['a%20b', 'r%C3%A9', 'a%20b'])
    assert.equal((await ask(`${stage.url}/ng-rollout/${id}/v1/responses`, { body })).status, 200)
  await ask(`${stage.url}/ng-rollout/..x/v1/responses`, { body })
  assert.deepEqual(readdirSync(folder), ['..x.capture.jsonl'])
  assert.equal(stage.log.filter((line) => line.includes('are not captured')).length, 1)
})

test('training capture: the call is captured, and its token record marked incomplete', async (t) => {
  const tokens = captureFolder(t)
  const { folder, options } = capturing(t, {
    run: { 'token_id_capture.enabled': true, 'token_id_capture.dir': tokens },
  })
  const stage = await startStage(t, options)
  const path = '/ng-rollout/5-1/training-token-capture/v1/responses'
  await ask(stage.url + path, { body: { input: 'hi' } })
  await ask(stage.url + path, { body: { input: 'hi' } })
  assert.deepEqual(readdirSync(tokens), ['5-1.tokens.incomplete'])
  assert.deepEqual(readdirSync(folder), ['5-1.capture.jsonl'])
  assert.equal(stage.log.filter((line) => line.includes('token ids')).length, 1)
})

test('nothing is written where Gym does not ask for it', async (t) => {
  const folder = captureFolder(t)
  const stage = await startStage(t, { run: { model_call_capture_dir: folder } })
  await ask(`${stage.url}/ng-rollout/r/v1/responses`, { body: { input: 'hi' } })
  assert.deepEqual(readdirSync(folder), [])
})

test('concurrent calls of one rollout are all there, each once', async (t) => {
  const { lines, options } = capturing(t)
  const stage = await startStage(t, options)
  const calls = Array.from({ length: 40 }, (_, index) => `call ${index}`)
  await Promise.all(calls.map((input) => ask(`${stage.url}/ng-rollout/r/v1/responses`, { body: { input } })))
  const found = lines('r').map(({ request }) => (request as { input: string }).input)
  assert.deepEqual(found.toSorted(), calls.toSorted())
  assert.equal(new Set(lines('r').map((line) => line['model_call_id'])).size, 40)
})
