import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { meetingPlace, openFolder } from './meeting-place.ts'

const account = { baseUrl: 'https://api.openai.com/v1', apiKey: 'sk-secret-0123456789', group: 'gpt-test' }

test('who draws on the same limits meets at one place, and the key is not in its name', () => {
  const place = meetingPlace(account, { XDG_RUNTIME_DIR: '/run/user/7' }, 7)
  assert.deepEqual(place, meetingPlace({ ...account }, { XDG_RUNTIME_DIR: '/run/user/7' }, 7))
  assert.match(place.socket, /^\/run\/user\/7\/spotter\/[0-9a-f]{24}\.socket$/)
  for (const other of [{ baseUrl: 'http://x/v1' }, { apiKey: 'sk-other' }, { group: 'gpt-other' }]) {
    assert.notEqual(meetingPlace({ ...account, ...other }, {}, 7).socket, meetingPlace(account, {}, 7).socket)
  }
})

test('fields do not run into each other', () => {
  const a = meetingPlace({ baseUrl: 'a', apiKey: 'bc', group: 'd' }, {}, 7)
  const b = meetingPlace({ baseUrl: 'ab', apiKey: 'c', group: 'd' }, {}, 7)
  assert.notEqual(a.socket, b.socket)
})

test('without a runtime folder, or with one whose path is too long, it is a temporary folder of this user', () => {
  const long = `/${'x'.repeat(90)}`
  assert.match(meetingPlace(account, { TMPDIR: '/tmp/t' }, 7).folder, /^\/tmp\/t\/spotter-7$/)
  assert.match(
    meetingPlace(account, { XDG_RUNTIME_DIR: 'relative', TMPDIR: '/tmp/t' }, 7).folder,
    /^\/tmp\/t\/spotter-7$/,
  )
  assert.equal(meetingPlace(account, { XDG_RUNTIME_DIR: long, TMPDIR: long }, 7).folder, '/tmp/spotter-7')
})

test('the folder is for this user alone, and one that others can enter is not used', (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'spotter-place-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const user = process.getuid?.() ?? 0
  const folder = join(parent, 'deep', 'spotter')
  openFolder(folder, user)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  openFolder(folder, user)
  assert.throws(() => openFolder(folder, user + 1), /belongs to another user/)
  chmodSync(folder, 0o755)
  assert.throws(() => openFolder(folder, user), /open to other users/)
})
