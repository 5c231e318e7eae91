import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { watchForOrphaning, type ProcessFacts } from './orphan-guard.ts'

/** A made-up process table: pid to program and parent. We are 100. */
function table(processes: Record<number, [string, number]>) {
  return {
    processes,
    parent: () => processes[100]?.[1] ?? 0,
    look(pid: number): ProcessFacts | null {
      const found = processes[pid]
      return found ? { name: found[0], parent: found[1] } : null
    },
  }
}

function watched(t: TestContext, system: ReturnType<typeof table>) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let orphaned = 0
  const guard = watchForOrphaning({ ...system, onOrphaned: () => (orphaned += 1), pollMs: 500 })
  return {
    guard,
    orphanedAfter(change: () => void): boolean {
      const before = orphaned
      change()
      t.mock.timers.tick(500)
      return orphaned > before
    },
    times: () => orphaned,
  }
}

test('a parent that is gone is noticed, once', (t) => {
  const system = table({ 100: ['node', 50], 50: ['python3', 1] })
  const { orphanedAfter, times } = watched(t, system)
  assert.equal(
    orphanedAfter(() => {}),
    false,
  )
  const gone = orphanedAfter(() => {
    delete system.processes[50]
    system.processes[100] = ['node', 1]
  })
  assert.equal(gone, true)
  t.mock.timers.tick(5000)
  assert.equal(times(), 1)
})

test('a shell above the nearest one is noticed, and so is the launcher above all shells', (t) => {
  const system = table({
    100: ['node', 52],
    52: ['bash', 51],
    51: ['bash', 50],
    50: ['gym', 49],
    49: ['bash', 1],
  })
  const { orphanedAfter } = watched(t, system)
  const launchersShellIsNotOurs = orphanedAfter(() => {
    system.processes[50] = ['gym', 1]
    delete system.processes[49]
  })
  assert.equal(launchersShellIsNotOurs, false)
  assert.equal(
    orphanedAfter(() => {
      delete system.processes[51]
      system.processes[52] = ['bash', 1]
    }),
    true,
  )
})

test('a launcher that dies while its shell lives on is noticed', (t) => {
  const system = table({ 100: ['node', 51], 51: ['bash', 50], 50: ['gym', 1] })
  const { orphanedAfter } = watched(t, system)
  assert.equal(
    orphanedAfter(() => {
      delete system.processes[50]
      system.processes[51] = ['bash', 1]
    }),
    true,
  )
})

test('off where the first process is the parent, and where it is stopped', (t) => {
  const first = table({ 100: ['node', 1], 1: ['init', 0] })
  assert.equal(
    watched(t, first).orphanedAfter(() => {
      first.processes[100] = ['node', 7]
    }),
    false,
  )
  t.mock.timers.reset()
  const stopped = table({ 100: ['node', 50], 50: ['python3', 1] })
  const { guard, orphanedAfter } = watched(t, stopped)
  guard.stop()
  assert.equal(
    orphanedAfter(() => {
      stopped.processes[100] = ['node', 1]
    }),
    false,
  )
})

test('without a process table the nearest parent still counts', (t) => {
  const system = { ...table({ 100: ['node', 50] }), look: () => null }
  const { orphanedAfter } = watched(t, system)
  assert.equal(
    orphanedAfter(() => {}),
    false,
  )
  assert.equal(
    orphanedAfter(() => {
      system.processes[100] = ['node', 1]
    }),
    true,
  )
})

for (const [shape, line] of [
  ['a shell of its own', 'COMMAND; :'],
  ['a shell that writes a log', 'set -o pipefail; (cd . && COMMAND) 2>&1 | tee -a /dev/null'],
] as const) {
  const linux = process.platform === 'linux' ? false : 'needs /proc'
  test(`under ${shape}, killing the shell ends the process`, { skip: linux }, async () => {
    const module = join(import.meta.dirname, 'orphan-guard.ts')
    const program = `import { watchForOrphaning } from ${JSON.stringify(module)}
      watchForOrphaning({ pollMs: 20, onOrphaned: () => { process.stdout.write('orphaned\\n'); process.exit(0) } })
      setTimeout(() => process.exit(1), 20_000)
      process.stdout.write('watching\\n')`
    const command = `"${process.execPath}" --input-type=module-typescript -e '${program.replaceAll("'", "'\\''")}'`
    const shell = spawn('bash', ['-c', line.replace('COMMAND', command)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    shell.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('watching')) shell.kill('SIGKILL')
    })
    await once(shell.stdout, 'end')
    assert.equal(output, 'watching\norphaned\n')
  })
}
