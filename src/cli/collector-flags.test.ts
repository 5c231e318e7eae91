import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { missingCollectorFlags } from './collector-flags.ts'

const linux = { execArgv: [] as string[], platform: 'linux', versions: { v8: '13.6.233.10-node.28' } }

describe('collector flags', () => {
  it('are set once, and only for a V8 they were tried with', () => {
    const flags = missingCollectorFlags(linux)
    assert.ok(flags.length > 0)
    assert.deepEqual(missingCollectorFlags({ ...linux, execArgv: ['--inspect', ...flags] }), [])
    assert.deepEqual(missingCollectorFlags({ ...linux, versions: { v8: '14.0.1' } }), [])
    assert.deepEqual(missingCollectorFlags({ ...linux, platform: 'win32' }), [])
  })

  it('are flags that this Node starts with', () => {
    const flags = missingCollectorFlags({ ...process, execArgv: [], platform: 'linux' })
    const { status, stderr } = spawnSync(process.execPath, [...flags, '--eval', ''], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
  })

  it('leave the command what it was', () => {
    const script = `
      import { ensureCollectorFlags } from ${JSON.stringify(fileURLToPath(new URL('./collector-flags.ts', import.meta.url)))}
      ensureCollectorFlags()
      console.log(JSON.stringify({ pid: process.pid, own: process.env.OWN, flags: process.execArgv, rest: process.argv.slice(1) }))
    `
    const child = spawnSync(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', script, '--', 'serve', '++a=b c'],
      { encoding: 'utf8', env: { ...process.env, OWN: 'yes' } },
    )
    assert.equal(child.status, 0, child.stderr)
    const told = JSON.parse(child.stdout) as { pid: number; own: string; flags: string[]; rest: string[] }
    assert.equal(told.pid, child.pid)
    assert.equal(told.own, 'yes')
    assert.deepEqual(told.rest, ['serve', '++a=b c'])
    for (const flag of missingCollectorFlags({ ...process, execArgv: [] }))
      assert.ok(told.flags.includes(flag), flag)
  })
})
