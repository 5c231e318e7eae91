import { writeSync } from 'node:fs'
import { systemClock } from '../../src/lib/clock.ts'
import { Ledger } from '../../src/observe/ledger.ts'
import { LedgerStore } from '../../src/store/ledger-store.ts'
import { exampleRow } from './example-row.ts'

/**
 * A process that keeps a ledger as fast as it can until it is killed: `node ledger-writer.ts <directory> <prefix>`.
 * Prints the id of each call after the call has settled, as a server sends its answer.
 */
const [, , directory = '', prefix = ''] = process.argv
const report = (_level: string, message: string): never => {
  throw new Error(message)
}
const store = new LedgerStore({ directory, server: 'writer', clock: systemClock, report, intervalMs: 5 })
const ledger = new Ledger({ sink: store, clock: systemClock, report })

let number = 0
setInterval(() => {
  for (let index = 0; index < 50; index += 1) {
    const call = `${prefix}-${(number += 1)}`
    ledger.settled(exampleRow({ call, rollout: `rollout-${number % 7}`, microDollars: number }))
    print(`${call}\n`)
  }
}, 1)

/** A full pipe is waited for, so that the id is out before the next call settles. */
function print(text: string): void {
  for (;;) {
    try {
      writeSync(1, text)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}
