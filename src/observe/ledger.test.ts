import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../lib/clock.ts'
import { exampleRow } from '../../test/support/example-row.ts'
import { Ledger } from './ledger.ts'
import type { LedgerRow } from './ledger-row.ts'

/** A sink that works as long as it is told to. */
class Disk {
  readonly rows: string[] = []
  room = Infinity
  closed = false

  append(row: LedgerRow): void {
    if (this.room <= 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    this.room -= 1
    this.rows.push(row.call)
  }

  close(): void {
    this.closed = true
  }
}

function setUp(maxHeld?: number) {
  const disk = new Disk()
  const clock = new ManualClock()
  const said: string[] = []
  const ledger = new Ledger({
    sink: disk,
    clock,
    report: (level, text) => said.push(`${level}: ${text}`),
    maxHeld,
  })
  let next = 0
  const settle = (count: number): void => {
    for (let index = 0; index < count; index += 1) ledger.settled(exampleRow({ call: String(next++) }))
  }
  return { disk, clock, said, ledger, settle }
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index))
}

test('a row is on disk when settled returns', () => {
  const { disk, ledger, settle } = setUp()
  settle(3)
  assert.deepEqual(disk.rows, numbers(3))
  assert.deepEqual(ledger.state, { written: 3, held: 0, lost: 0, trouble: null })
})

test('a full disk is said once, rows wait in order, and all are written when it has room', () => {
  const { disk, clock, said, ledger, settle } = setUp()
  settle(2)
  disk.room = 0
  settle(2500)
  assert.deepEqual(said, [
    'error: the ledger cannot be written (the disk is full); calls go on and up to 50000 rows wait in memory',
  ])
  clock.advance(1000)
  assert.equal(ledger.state.held, 2500)
  disk.room = 700
  clock.advance(1000)
  assert.equal(ledger.state.held, 1800)
  disk.room = Infinity
  settle(1)
  clock.advance(1000)
  assert.equal(disk.rows.length, 1702, 'a thousand at a time')
  clock.advance(100)
  assert.deepEqual(disk.rows, numbers(2503))
  assert.equal(said.length, 2)
  assert.match(String(said[1]), /^info: .* caught up$/)
  settle(1)
  assert.equal(disk.rows.length, 2504)
})

test('memory is bounded: the newest rows are counted as lost, and that is said', async () => {
  const { disk, clock, said, ledger, settle } = setUp(10)
  disk.room = 0
  settle(15)
  assert.deepEqual([ledger.state.held, ledger.state.lost], [10, 5])
  disk.room = Infinity
  clock.advance(1000)
  assert.deepEqual(disk.rows, numbers(10))
  assert.match(String(said[1]), /but lost 5 rows/)
  await ledger.close()
  assert.match(String(said[2]), /lost 5 rows/)
})

test('closing writes what can be written', async () => {
  const { disk, ledger, settle } = setUp()
  disk.room = 0
  settle(1500)
  disk.room = Infinity
  await ledger.close()
  assert.equal(disk.rows.length, 1500)
  assert.ok(disk.closed)
})
