import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { exampleRow } from '../../test/support/example-row.ts'
import { systemClock } from '../lib/clock.ts'
import { JournalIntake } from './journal-intake.ts'
import { databasePath, journalDirectory } from './ledger-files.ts'
import { LedgerStore } from './ledger-store.ts'

function newDirectory(): string {
  return fs.mkdtempSync(join(tmpdir(), 'spotter-ledger-'))
}

function calls(directory: string): string[] {
  const database = new DatabaseSync(databasePath(directory), { readOnly: true })
  const rows = database.prepare('SELECT call FROM calls').all()
  database.close()
  return rows.map((row) => String(row['call']))
}

test('rows reach the database through the worker, and closing takes in the last of them', async () => {
  const directory = newDirectory()
  const report = (_level: string, message: string) => assert.fail(message)
  const store = new LedgerStore({ directory, server: 'policy model/1', clock: systemClock, report })
  store.append(exampleRow({ call: 'one' }))
  assert.match(
    String(fs.readdirSync(journalDirectory(directory))),
    /^policy_model_1-.*-\d+-[0-9a-f]{6}\.000001\.journal$/,
  )
  store.append(exampleRow({ call: 'two' }))
  await store.close()
  assert.deepEqual(calls(directory), ['one', 'two'])
  assert.deepEqual(fs.readdirSync(journalDirectory(directory)), [])
})

test('a broken database is said, and the rows wait in the journal until it is mended', async () => {
  const directory = newDirectory()
  fs.writeFileSync(databasePath(directory), 'no database'.repeat(500))
  let said: (message: string) => void
  const trouble = new Promise<string>((resolve) => (said = resolve))
  const store = new LedgerStore({
    directory,
    server: 's',
    clock: systemClock,
    report: (_level, text) => said(text),
  })
  store.append(exampleRow({ call: 'one' }))
  assert.match(await trouble, /takes no rows \(.*not a database.*\); calls go on/)
  store.append(exampleRow({ call: 'two' }))
  await store.close()
  fs.rmSync(databasePath(directory))
  const intake = new JournalIntake(directory)
  assert.equal(intake.takeAll().rows, 2)
  intake.close()
  assert.deepEqual(calls(directory), ['one', 'two'])
})

/** Starts a writer, kills it once it has settled so many calls, and returns the ids of those. */
function writeUntilKilled(directory: string, prefix: string, atLeast: number): Promise<string[]> {
  const program = new URL('../../test/support/ledger-writer.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, directory, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  return new Promise((resolve) => {
    child.stdout.on('data', (part) => {
      text += String(part)
      if (text.length >= atLeast * 6) child.kill('SIGKILL')
    })
    child.on('close', () => resolve(text.split('\n').slice(0, -1)))
  })
}

test('kill -9 at any moment loses no settled call and counts none twice', async () => {
  const directory = newDirectory()
  const settled: string[] = []
  // Two at a time share the directory; each pair finds what the killed ones before it left.
  for (const [round, atLeast] of [10, 400, 2500].entries()) {
    const pair = ['a', 'b'].map((side) => writeUntilKilled(directory, `${round}${side}`, atLeast))
    settled.push(...(await Promise.all(pair)).flat())
  }
  const intake = new JournalIntake(directory)
  intake.takeAll()
  intake.close()
  const stored = calls(directory)
  const unique = new Set(stored)
  assert.equal(unique.size, stored.length, 'no call twice')
  const lost = settled.filter((call) => !unique.has(call))
  assert.deepEqual(lost, [])
  assert.ok(settled.length > 3000, String(settled.length))
  // A row may be written whose answer never left: one per killed process.
  assert.ok(stored.length - settled.length <= 6, `${stored.length} stored, ${settled.length} settled`)
})
