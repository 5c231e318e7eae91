import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { Lock } from '../../cluster/lock.ts'
import { meetingPlace } from '../../cluster/meeting-place.ts'
import { PROTOCOL_VERSION } from '../../cluster/wire.ts'
import type { Config } from '../../config/schema.ts'
import { sharingFinding } from './sharing.ts'

const runtime = mkdtempSync(join(tmpdir(), 'spotter-sharing-'))
after(() => rmSync(runtime, { recursive: true }))
const environment = { XDG_RUNTIME_DIR: runtime }
const user = process.getuid?.() ?? 0
const openai = { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'sk-test-0123456789', model: 'gpt-4o' }
const config = (shared = true) => ({ pacing: { shared }, openai }) as Pick<Config, 'pacing' | 'openai'>
const place = meetingPlace({ ...openai, group: openai.model }, environment, user)

/** A process that keeps the limits, and what it says to whoever connects. */
async function keeper(t: { after(end: () => void): void }, says: object | null): Promise<void> {
  const lock = new Lock(place.lock)
  assert.ok(lock.take())
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (says) socket.write(`${JSON.stringify([says])}\n`)
    else socket.end()
  })
  await new Promise<void>((resolve) => server.listen(place.socket, resolve))
  t.after(() => {
    lock.release()
    server.close()
  })
}

const here = {
  kind: 'here',
  version: PROTOCOL_VERSION,
  peer: { name: 'judge', pid: 42 },
  settings: {},
  parks: [],
}

test('nobody is there: where others would be found, and nothing is kept from them', async () => {
  const finding = await sharingFinding(config(), environment, user)
  assert.equal(finding.state, 'good')
  assert.ok(finding.text.includes(place.socket), finding.text)
  assert.match(finding.text, /no other server with this base URL, key and model runs/)
  const lock = new Lock(place.lock)
  assert.ok(lock.take())
  lock.release()
})

test('a process that does nothing else lives until it has the answer', async (t) => {
  await keeper(t, here)
  const script = `
    const { sharingFinding } = await import(${JSON.stringify(new URL('./sharing.ts', import.meta.url).href)})
    const finding = await sharingFinding(${JSON.stringify(config())}, ${JSON.stringify(environment)}, ${user})
    process.stdout.write(finding.text)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  assert.match(stdout, /^one limiter with judge/)
})

test('who keeps the limits', async (t) => {
  await keeper(t, here)
  const { state, text } = await sharingFinding(config(), environment, user)
  assert.deepEqual(
    { state, text },
    { state: 'good', text: `one limiter with judge (process 42), which keeps it at ${place.socket}` },
  )
})

test('another version keeps its limits to itself', async (t) => {
  await keeper(t, { ...here, version: PROTOCOL_VERSION + 1 })
  const { state, text } = await sharingFinding(config(), environment, user)
  assert.equal(state, 'note')
  assert.match(text, /judge \(process 42\) is another version of Spotter/)
})

test('a keeper that does not answer', async (t) => {
  await keeper(t, null)
  const { state, text } = await sharingFinding(config(), environment, user)
  assert.equal(state, 'note')
  assert.match(text, /does not answer/)
})

test('switched off, impossible, or a folder that others can read', async () => {
  assert.match((await sharingFinding(config(false), environment, user)).text, /pacing\.shared is false/)
  assert.match(
    (await sharingFinding(config(), environment, undefined)).text,
    /no sockets that belong to a user/,
  )
  const open = join(runtime, 'open')
  mkdirSync(join(open, 'spotter'), { recursive: true })
  chmodSync(join(open, 'spotter'), 0o755)
  const { state, text } = await sharingFinding(config(), { XDG_RUNTIME_DIR: open }, user)
  assert.equal(state, 'note')
  assert.match(text, /is open to other users/)
  assert.ok(!JSON.stringify(await sharingFinding(config(), environment, user)).includes('sk-test'))
})
