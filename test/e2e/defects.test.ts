import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Child, listening, serveArguments } from './child-server.ts'
import { ask, HttpCall } from './http-call.ts'
import { openUpstream } from './stage.ts'
import { until } from './until.ts'

const DEFECT = fileURLToPath(new URL('./defect-on-signal.ts', import.meta.url))
const ANSWER = '{"id":"resp_1","status":"completed"}'

test('a defect that nobody catches is said in a line, and no other call ends with it', async (t) => {
  const open: ServerResponse[] = []
  const upstream = await openUpstream((_body, response, { method }) => {
    if (method === 'GET') response.end('{"data":[{"id":"gpt-test"}]}')
    else open.push(response)
  })
  t.after(() => upstream.close())
  const child = new Child(t, {
    arguments: serveArguments({ baseUrl: upstream.url }),
    environment: { NODE_OPTIONS: `--import=${DEFECT}` },
  })
  const url = await listening(child)
  const calls = Array.from(
    { length: 3 },
    () => new HttpCall(`${url}/v1/responses`, { body: { input: 'hi' } }),
  )
  await until('all are sent on', () => open.length === 3)

  child.signal('SIGWINCH')
  await child.says('forgotten 1')
  await child.says('thrown 1')
  child.signal('SIGWINCH')
  await child.says('thrown 2')
  for (const response of open) response.end(ANSWER)
  for (const call of calls) assert.equal((await call.answer()).text, ANSWER)
  assert.equal((await ask(url)).status, 200)
  const lines = child.output.split('\n').filter((line) => line.includes('defect of Spotter'))
  assert.equal(lines.length, 4)
  for (const line of lines) assert.match(line, /^\(policy_model\) .* Error: (thrown|forgotten) \d/)
  assert.doesNotMatch(child.output, /0123456789abcdef/)

  child.signal('SIGTERM')
  assert.equal(await child.ended(), 0)
})
