import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Child, listening, serveArguments } from './child-server.ts'
import { ask } from './http-call.ts'
import { openUpstream } from './stage.ts'

const ANSWER = '{"id":"resp_1","status":"completed"}'

/** `num_workers: 2`, with one of the modules beside this file loaded into each of its processes. */
async function start(t: TestContext, module: string): Promise<{ child: Child; url: string }> {
  const upstream = await openUpstream((_body, response) => response.end(ANSWER))
  t.after(() => upstream.close())
  const folder = mkdtempSync(join(tmpdir(), 'spotter-supervisor-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const child = new Child(t, {
    arguments: serveArguments({ baseUrl: upstream.url, settings: { num_workers: 2, preflight: 'off' } }),
    environment: {
      XDG_RUNTIME_DIR: folder,
      NODE_OPTIONS: `--import=${fileURLToPath(new URL(module, import.meta.url))}`,
    },
  })
  return { child, url: await listening(child) }
}

async function answers(url: string): Promise<void> {
  const { status, text } = await ask(`${url}/v1/responses`, { body: { input: 'hi' } })
  assert.deepEqual({ status, text }, { status: 200, text: ANSWER })
}

test('a defect of the supervisor is said in a line and ends no worker', async (t) => {
  const { child, url } = await start(t, './defect-on-signal.ts')
  child.signal('SIGWINCH')
  await child.says('thrown 1')
  await child.says('forgotten 1')
  await answers(url)
  assert.match(child.output, /a defect of Spotter, please report it: Error: thrown 1/)
  assert.doesNotMatch(child.output, /0123456789abcdef/)
  assert.doesNotMatch(child.output, /has died/)
  child.signal('SIGTERM')
  assert.equal(await child.ended(), 0)
})

test('where the system cannot share a port, one process serves and says so', async (t) => {
  const { child, url } = await start(t, './no-shared-port.ts')
  assert.match(
    child.output,
    /num_workers: this system cannot share a port between processes, so that one process serves/,
  )
  await answers(url)
  const { server } = (await ask(`${url}/status`)).json() as { server: { worker?: string } }
  assert.equal(server.worker, undefined)
  child.signal('SIGTERM')
  assert.equal(await child.ended(), 0)
})
