import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { exampleRow } from '../../test/support/example-row.ts'
import { ManualClock } from '../lib/clock.ts'
import { Journal } from './journal.ts'
import { JournalIntake } from './journal-intake.ts'
import { databasePath, journalDirectory } from './ledger-files.ts'
import { JOURNAL_END, JOURNAL_HEADER, journalLine } from './row-columns.ts'

function setUp(): { directory: string; journals: string } {
  const directory = fs.mkdtempSync(join(tmpdir(), 'spotter-ledger-'))
  const journals = journalDirectory(directory)
  fs.mkdirSync(journals)
  return { directory, journals }
}

function line(call: string): string {
  return journalLine(exampleRow({ call }))
}

function calls(directory: string): string[] {
  const database = new DatabaseSync(databasePath(directory), { readOnly: true })
  const rows = database.prepare('SELECT call FROM calls ORDER BY id').all()
  database.close()
  return rows.map((row) => String(row['call']))
}

test('every field arrives in its column', () => {
  const { directory, journals } = setUp()
  const row = exampleRow({ rollout: null, possibleDoubleCharge: true, savedByCache: -3, reason: 'ünusual' })
  fs.writeFileSync(join(journals, 'a.journal'), JOURNAL_HEADER + journalLine(row))
  new JournalIntake(directory).takeAll()
  const database = new DatabaseSync(databasePath(directory))
  const names = new Map(
    database
      .prepare('SELECT id, name FROM names')
      .all()
      .map((name) => [name['id'], name['name']]),
  )
  const stored = database.prepare('SELECT * FROM calls').get() as Record<string, string | number | null>
  assert.equal(stored['rollout'], null)
  assert.equal(names.get(stored['reason'] ?? null), 'ünusual')
  assert.equal(names.get(stored['model_served'] ?? null), row.modelServed)
  assert.equal(stored['saved_by_cache'], -3)
  assert.equal(stored['possible_double_charge'], 1)
  assert.equal(stored['cache_write_12h'], 0)
  assert.equal(stored['response_id'], row.responseId)
  assert.equal(stored['at'], row.at)
  database.close()
})

test('an unfinished last line waits until it is whole; a broken one in the middle is counted', () => {
  const { directory, journals } = setUp()
  const file = join(journals, 'a.journal')
  fs.writeFileSync(file, `${JOURNAL_HEADER}${line('1')}["half`)
  const intake = new JournalIntake(directory)
  assert.deepEqual(intake.takeAll(), { rows: 1, damaged: 0 })
  assert.deepEqual(intake.takeAll(), { rows: 0, damaged: 0 })
  fs.appendFileSync(file, `\n${line('2')}`)
  assert.deepEqual(intake.takeAll(), { rows: 1, damaged: 1 })
  assert.deepEqual(calls(directory), ['1', '2'])
})

test('a finished file is deleted, and a process that still has it does not read it again', () => {
  const { directory, journals } = setUp()
  const file = join(journals, 'a.journal')
  const text = `${JOURNAL_HEADER}${line('1')}${JOURNAL_END}`
  fs.writeFileSync(file, text)
  const [first, second] = [new JournalIntake(directory), new JournalIntake(directory)]
  first.takeAll()
  assert.ok(!fs.existsSync(file))
  fs.writeFileSync(file, text)
  assert.deepEqual(second.takeAll(), { rows: 0, damaged: 0 })
  assert.ok(!fs.existsSync(file))
  assert.deepEqual(calls(directory), ['1'])
})

test('a file that nobody wrote to for a week is deleted, one of yesterday is not', () => {
  const { directory, journals } = setUp()
  for (const [name, days] of [
    ['old', 8],
    ['young', 1],
  ] as const) {
    const file = join(journals, `${name}.journal`)
    fs.writeFileSync(file, `${JOURNAL_HEADER}${line(name)}["torn`)
    const seconds = Date.now() / 1000 - days * 86_400
    fs.utimesSync(file, seconds, seconds)
  }
  const intake = new JournalIntake(directory)
  assert.equal(intake.takeAll().rows, 2)
  intake.takeAll()
  assert.deepEqual(fs.readdirSync(journals), ['young.journal'])
  assert.deepEqual(calls(directory).sort(), ['old', 'young'])
})

test('a journal of another version is read by the names in its header', () => {
  const { directory, journals } = setUp()
  const header = JSON.stringify({
    journal: 'spotter ledger',
    version: 2,
    columns: ['invented', 'call', 'at'],
  })
  fs.writeFileSync(join(journals, 'a.journal'), `${header}\n[true, "1", 5]\n`)
  new JournalIntake(directory).takeAll()
  assert.deepEqual(calls(directory), ['1'])
})

test('a database of a newer version and one that is no database are left alone, with a sentence', () => {
  const { directory } = setUp()
  const database = new DatabaseSync(databasePath(directory))
  database.exec('PRAGMA user_version = 99')
  database.close()
  assert.throws(() => new JournalIntake(directory), /newer Spotter/)
  fs.writeFileSync(
    databasePath(directory),
    'this is no database, but it is long enough to be looked at'.repeat(40),
  )
  assert.throws(() => new JournalIntake(directory), /not a database/)
})

test('writers and readers in any order: every line arrives exactly once', () => {
  const step = fc.oneof(
    fc.record({ write: fc.nat(1), end: fc.boolean() }),
    fc.record({ read: fc.nat(1), anew: fc.boolean() }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { directory, journals } = setUp()
      const clock = new ManualClock()
      const writers = ['a', 'b'].map(
        (name) => new Journal({ directory: journals, name, clock, maxBytes: 2500 }),
      )
      const readers = [new JournalIntake(directory), new JournalIntake(directory)]
      const written: string[] = []
      for (const action of steps) {
        if ('write' in action) {
          const call = String(written.length)
          writers[action.write]?.append(line(call))
          written.push(call)
          if (action.end) writers[action.write]?.close()
        } else {
          // A reader that is killed forgets everything it had in memory.
          if (action.anew) {
            readers[action.read]?.close()
            readers[action.read] = new JournalIntake(directory)
          }
          readers[action.read]?.takeAll()
        }
      }
      readers[0]?.takeAll()
      assert.deepEqual(
        calls(directory)
          .map(Number)
          .sort((a, b) => a - b),
        written.map(Number),
      )
      for (const reader of readers) reader.close()
      fs.rmSync(directory, { recursive: true })
    }),
    { numRuns: 25 },
  )
})
