import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ManualClock } from '../lib/clock.ts'
import { exampleRow } from '../../test/support/example-row.ts'
import { Journal, type JournalFiles } from './journal.ts'
import { readLine } from './journal-lines.ts'
import { openLedgerDatabase } from './ledger-schema.ts'
import { JOURNAL_HEADER, ROW_COLUMNS, journalLine } from './row-columns.ts'

function directory(): string {
  return fs.mkdtempSync(join(tmpdir(), 'spotter-journal-'))
}

/** Every line of every file, in order. */
function contents(folder: string): string[] {
  const files = fs.readdirSync(folder).sort()
  return files.flatMap((file) => fs.readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1))
}

test('a line holds every field of the row where the header says', () => {
  const row = exampleRow({ possibleDoubleCharge: true, rollout: 'ö "x"\n', microDollars: null })
  const line = readLine(journalLine(row).slice(0, -1))
  const header = readLine(JOURNAL_HEADER.slice(0, -1))
  assert.ok(line.kind === 'row' && header.kind === 'header')
  assert.equal(line.values.length, Object.keys(row).length)
  ROW_COLUMNS.forEach(({ field }, index) => {
    const expected = field === 'possibleDoubleCharge' ? 1 : row[field]
    assert.equal(line.values[header.order[index] ?? -1], expected, field)
  })
})

test('a journal begins with its header and ends with its mark; sizes and ages begin new files', () => {
  const folder = join(directory(), 'made', 'when', 'missing')
  const clock = new ManualClock()
  const journal = new Journal({
    directory: folder,
    name: 'a',
    clock,
    maxBytes: JOURNAL_HEADER.length + 20,
    maxAgeMs: 1000,
  })
  for (const text of ['["one"]\n', '["two, which is long"]\n', '["three"]\n']) journal.append(text)
  clock.advance(1000)
  journal.append('["four"]\n')
  journal.close()
  journal.append('["five"]\n')
  const header = JOURNAL_HEADER.trimEnd()
  const end = '{"end":true}'
  const expected = [
    [header, '["one"]', '["two, which is long"]', end],
    [header, '["three"]', end],
    [header, '["four"]', end],
    [header, '["five"]'],
  ]
  assert.deepEqual(contents(folder), expected.flat())
  assert.deepEqual(fs.readdirSync(folder).sort().at(-1), 'a.000004.journal')
})

test('a name is never used twice', () => {
  const folder = directory()
  const clock = new ManualClock()
  new Journal({ directory: folder, name: 'a', clock }).append('[1]\n')
  assert.throws(() => new Journal({ directory: folder, name: 'a', clock }).append('[2]\n'), {
    code: 'EEXIST',
  })
})

/** A disk with a few bytes left, which writes what fits and then refuses. */
function fullDisk(state: { room: number }): JournalFiles {
  return {
    ...fs,
    writeSync(descriptor: number, text: string): number {
      const bytes = Buffer.from(text)
      if (state.room === 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      const taken = bytes.subarray(0, state.room)
      state.room -= taken.length
      return fs.writeSync(descriptor, taken)
    },
    ftruncateSync(descriptor: number, length: number): void {
      state.room += fs.fstatSync(descriptor).size - length
      fs.ftruncateSync(descriptor, length)
    },
  }
}

test('whatever a filling disk does, an append is there whole or not at all', () => {
  const rooms = fc.array(fc.integer({ min: 0, max: JOURNAL_HEADER.length + 200 }), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(rooms, (rooms_) => {
      const folder = directory()
      const disk = { room: 0 }
      const journal = new Journal({
        directory: folder,
        name: 'a',
        clock: new ManualClock(),
        files: fullDisk(disk),
        maxBytes: 300,
      })
      const kept: string[] = []
      rooms_.forEach((room, index) => {
        disk.room = room
        for (let line = 0; line < 3; line += 1) {
          const text = `["öre ${index}.${line}"]\n`
          try {
            journal.append(text)
            kept.push(text.trimEnd())
          } catch (error) {
            assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
          }
        }
      })
      const rows = contents(folder).filter((line) => line.startsWith('['))
      assert.deepEqual(rows, kept)
      fs.rmSync(folder, { recursive: true })
    }),
    { numRuns: 60 },
  )
})

test('a disk that can neither write nor take back leaves half a line, and the next row goes elsewhere', () => {
  const folder = directory()
  const disk = { room: JOURNAL_HEADER.length + 5 }
  const files = { ...fullDisk(disk), ftruncateSync: () => assert.fail('I/O error') }
  const journal = new Journal({ directory: folder, name: 'a', clock: new ManualClock(), files })
  assert.throws(() => journal.append('["half a line"]\n'))
  disk.room = 10_000
  journal.append('["whole"]\n')
  assert.equal(fs.readFileSync(join(folder, 'a.000001.journal'), 'utf8'), `${JOURNAL_HEADER}["hal`)
  assert.equal(fs.readFileSync(join(folder, 'a.000002.journal'), 'utf8'), `${JOURNAL_HEADER}["whole"]\n`)
})

test('a folder that cannot be is said at once', { skip: !fs.existsSync('/proc/self') }, () => {
  const journal = new Journal({ directory: '/proc/spotter/below', name: 'a', clock: new ManualClock() })
  assert.throws(() => journal.append('line\n'), { code: 'ENOENT' })
  assert.throws(() => openLedgerDatabase('/proc/spotter/below/ledger.sqlite'), { code: 'ENOENT' })
})
