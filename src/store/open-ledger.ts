import { existsSync } from 'node:fs'
import { JournalIntake } from './journal-intake.ts'
import { databasePath, journalDirectory } from './ledger-files.ts'
import { LedgerQueries } from './ledger-queries.ts'

/** Opens the ledger after taking in what its journals hold, so that a report right after a crash is complete. */
export function openLedger(directory: string): LedgerQueries {
  if (existsSync(databasePath(directory)) || existsSync(journalDirectory(directory))) {
    try {
      const intake = new JournalIntake(directory)
      intake.takeAll()
      intake.close()
    } catch (error) {
      process.stderr.write(`spotter: the report may lack the newest calls: ${(error as Error).message}\n`)
    }
  }
  return new LedgerQueries(directory)
}
