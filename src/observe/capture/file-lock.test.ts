import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CaptureFiles } from './capture-files.ts'
import { loadFileLock } from './file-lock.ts'

const tryLock = loadFileLock()
const needsLock = { skip: tryLock ? false : 'no flock(2) here' }
const hasPython = spawnSync('python3', ['--version']).status === 0
const needsPython = { skip: !tryLock ? 'no flock(2) here' : hasPython ? false : 'no Python here' }
const folder = mkdtempSync(join(tmpdir(), 'spotter-lock-'))
after(() => rmSync(folder, { recursive: true }))

test('on Linux the lock is there', { skip: process.platform !== 'linux' }, () => {
  assert.ok(tryLock)
})

test('one of two open files has the lock, until it is closed', needsLock, () => {
  assert.ok(tryLock)
  const path = join(folder, 'two')
  const first = openSync(path, 'a')
  const second = openSync(path, 'a')
  assert.equal(tryLock(first), true)
  assert.equal(tryLock(second), false)
  closeSync(first)
  assert.equal(tryLock(second), true)
  closeSync(second)
})

test('it is the lock that Python takes', needsPython, () => {
  assert.ok(tryLock)
  const path = join(folder, 'python')
  const fd = openSync(path, 'a')
  const python = () =>
    spawnSync('python3', [
      '-c',
      `import fcntl, sys
f = open(sys.argv[1], "ab")
try: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError: sys.exit(7)`,
      path,
    ]).status
  assert.equal(python(), 0)
  assert.equal(tryLock(fd), true)
  assert.equal(python(), 7)
  closeSync(fd)
  assert.equal(python(), 0)
})

test('Node and Python write the same file at once, and every line is whole', needsPython, async () => {
  const writer = `import fcntl, sys
print("ready", flush=True)
for number in range(1500):
    with open(sys.argv[1], "ab") as handle:
        fcntl.flock(handle.fileno(), fcntl.LOCK_EX)
        text = b'{"python":%d,"fill":"%s"}\\n' % (number, b"x" * 500)
        handle.write(text[:200]); handle.flush(); handle.write(text[200:]); handle.flush()
        fcntl.flock(handle.fileno(), fcntl.LOCK_UN)`
  const python = spawn('python3', ['-c', writer, join(folder, 'both.capture.jsonl')])
  await once(python.stdout, 'data')
  const troubles: string[] = []
  const files = new CaptureFiles({
    directory: folder,
    tryLock,
    report: ({ trouble }) => void (trouble && troubles.push(trouble)),
    sync: () => Promise.resolve(),
  })
  let written = 0
  while (python.exitCode === null) {
    files.append('both', written, Buffer.from(`{"node":${written},"fill":"${'y'.repeat(500)}"}\n`))
    files.flush()
    written += 1
    if (written % 3 === 0) await files.finished()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await files.finished()
  assert.deepEqual(troubles, [])
  const seen = readFileSync(join(folder, 'both.capture.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { node?: number; python?: number })
  const upTo = (end: number) => Array.from({ length: end }, (_, number) => number)
  const byNode = seen.flatMap(({ node }) => node ?? [])
  assert.deepEqual(byNode, upTo(written))
  const byPython = seen.flatMap(({ python: number }) => number ?? [])
  assert.deepEqual(byPython, upTo(1500))
})
