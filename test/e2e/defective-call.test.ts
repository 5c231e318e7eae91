import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { LedgerRow } from '../../src/observe/ledger-row.ts'
import { Ledger } from '../../src/observe/ledger.ts'
import { OpenAi } from '../../src/upstream/openai.ts'
import { ask, HttpCall } from './http-call.ts'
import { impatient, startBehind } from './started.ts'

/** A server that writes everything down, and whose way upstream throws for bodies that hold the word. */
async function defective(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-defective-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const rows: LedgerRow[] = []
  const { settled } = Ledger.prototype
  t.mock.method(Ledger.prototype, 'settled', function (this: Ledger, row: LedgerRow) {
    rows.push(row)
    return settled.call(this, row)
  })
  const { send } = OpenAi.prototype
  t.mock.method(OpenAi.prototype, 'send', function (this: OpenAi, ...given: Parameters<OpenAi['send']>) {
    if (String(given[0].body).includes('stumble')) throw new TypeError('planted')
    return send.apply(this, given)
  })
  const { stage } = await startBehind(
    t,
    (_body, response) => response.end('{"id":"resp_1","status":"completed"}'),
    {
      run: { observability_enabled: true, model_call_capture_dir: folder },
      settings: {
        ...impatient,
        'ledger.enabled': true,
        'ledger.directory': join(folder, 'ledger'),
        max_concurrent_requests: 1,
        preflight: 'off',
      },
    },
  )
  const lines = () =>
    readFileSync(join(folder, 't-0.capture.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { status_code?: number })
  return { stage, rows, lines }
}

test('a call on which Spotter itself fails is told so, written down, and keeps nobody else waiting', async (t) => {
  const { stage, rows, lines } = await defective(t)
  const path = `${stage.url}/ng-rollout/t-0/v1/responses`
  const answer = await ask(path, { body: { input: 'stumble', max_output_tokens: 10 } })
  assert.equal(answer.status, 500)
  assert.match(answer.text, /"category":"internal_error"/)
  // Not before it was written down.
  assert.deepEqual(
    rows.map(({ outcome, reason, status, attempts }) => ({ outcome, reason, status, attempts })),
    [{ outcome: 'failed', reason: 'internal_error', status: 500, attempts: 1 }],
  )
  assert.equal(lines().length, 1)
  assert.ok(JSON.stringify(lines()[0]).includes('internal_error'))
  assert.equal(stage.log.filter((line) => line.includes('a defect of Spotter')).length, 1)

  // One at a time: the place is free again.
  assert.equal((await ask(path, { body: { input: 'walk on' } })).status, 200)
  const status = (await ask(`${stage.url}/status`)).json() as { limiter: { inFlight: number } }
  assert.equal(status.limiter.inFlight, 0)
})

test('a call for a stream on which Spotter itself fails before it has begun', async (t) => {
  const { stage, rows } = await defective(t)
  const call = new HttpCall(`${stage.url}/ng-rollout/t-0/v1/responses`, {
    body: { input: 'stumble', stream: true },
  })
  const { status, text } = await call.answer()
  // Nothing had been told yet.
  assert.equal(status, 500)
  assert.match(text, /internal_error/)
  assert.equal(rows.length, 1)
})
