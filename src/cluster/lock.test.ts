import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Lock } from './lock.ts'

test('one has it, and the next when it is given back or its holder is killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'spotter-lock-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a.lock')
  const [first, second] = [new Lock(path), new Lock(path)]
  assert.deepEqual([first.take(), first.take(), second.take()], [true, true, false])
  first.release()
  assert.deepEqual([first.held, second.take()], [false, true])
  second.release()

  const program = `import { Lock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
    const lock = new Lock(${JSON.stringify(path)})
    console.log(lock.take())
    setInterval(() => lock.held, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  assert.equal(said.toString().trim(), 'true')
  assert.equal(first.take(), false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(first.take(), true)
  first.release()
})

test('a folder that is not there is said', () => {
  assert.throws(() => new Lock('/nowhere/at/all.lock').take(), /unable to open/)
})
