import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeDirectory } from './make-directory.ts'

const folder = mkdtempSync(join(tmpdir(), 'spotter-directory-'))
after(() => rmSync(folder, { recursive: true }))

test('a directory and those above it are made, and may be there already', () => {
  const path = join(folder, 'a', 'b', 'c')
  makeDirectory(path)
  makeDirectory(path)
  assert.ok(existsSync(path))
})

test('where it cannot be, the reason is thrown and nothing runs for ever', () => {
  writeFileSync(join(folder, 'file'), '')
  assert.throws(() => makeDirectory(join(folder, 'file', 'below')), { code: 'ENOTDIR' })
  if (existsSync('/proc/self')) assert.throws(() => makeDirectory('/proc/spotter/below'), { code: 'ENOENT' })
})
